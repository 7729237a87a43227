#include "jig/action_record.hpp"

#include <chrono>
#include <cstddef>
#include <variant>

#include <fmt/format.h>

#include "core/builtin_requests.hpp"

namespace jigd::jig {

bool never_acted(const Error& error) {
    return error.executed() == Executed::no && error.code() != Code::jig_refused;
}

void ActionRecord::open() {
    try {
        record_.open();
    } catch (const Error& error) {
        on_failure(error);
    }
}

std::optional<record::RecordedAction> ActionRecord::find(const Job& job) {
    try {
        return record_.find(job);
    } catch (const Error& error) {
        if (error.code() == Code::bad_request) {
            throw;
        }
        on_failure(error);
        // What an earlier delivery did is not known now.
        throw error.with(job.redelivered ? Executed::unknown : Executed::no);
    }
}

std::vector<RecordedOutcome> ActionRecord::supersede(const std::vector<Job>& jobs, const Error& superseded) {
    std::vector<RecordedOutcome> outcomes(jobs.size(), {superseded, std::nullopt});
    if (jobs.empty()) {
        return outcomes;
    }
    try {
        const auto known = record_.supersede(jobs, superseded, record::Moment::now());
        for (std::size_t index = 0; index < jobs.size(); ++index) {
            outcomes[index] = recorded_or(known[index], jobs[index], superseded);
        }
        on_success();
    } catch (const Error& error) {
        on_failure(error);
        for (std::size_t index = 0; index < jobs.size(); ++index) {
            if (jobs[index].redelivered) {
                outcomes[index].outcome = superseded.with(Executed::unknown);
            }
        }
    }
    return outcomes;
}

void ActionRecord::begin(Entry& entry) {
    if (entry.job == nullptr || entry.id) {
        return;
    }
    try {
        entry.id = record_.begin(*entry.job, record::Moment::now());
        on_success();
    } catch (const Error& error) {
        on_failure(error);
        if (!is_safe_state(entry.job->request)) {
            throw;
        }
        report_unrecorded(*entry.job);
    }
}

void ActionRecord::mark_sent(Entry& entry, const std::string& frame) {
    entry.bytes += frame;
    if (!entry.id) {
        return;
    }
    try {
        record_.mark_sent(*entry.id, entry.bytes);
    } catch (const Error& error) {
        on_failure(error);
        if (!is_safe_state(entry.job->request)) {
            throw;
        }
        report_unrecorded(*entry.job);
    }
}

void ActionRecord::finish(const Entry& entry, const Outcome& outcome) {
    if (!entry.id) {
        return;
    }
    const auto* error = std::get_if<Error>(&outcome);
    try {
        if (error != nullptr && never_acted(*error) && error->code() != Code::superseded) {
            record_.withdraw(*entry.id);
        } else {
            record_.end(*entry.id, outcome, entry.bytes, std::chrono::system_clock::now());
        }
    } catch (const Error& failure) {
        log_.error(fmt::format("how an actuation ended could not be written down: {}", failure.what()));
    }
}

void ActionRecord::add(const Job& job, const Outcome& outcome) {
    try {
        const auto id = record_.begin(job, record::Moment::now());
        record_.end(id, outcome, "", std::chrono::system_clock::now());
        on_success();
    } catch (const Error& error) {
        on_failure(error);
    }
}

/// Making the jig safe must work with a full disk, too; doing so twice is as safe as once.
void ActionRecord::report_unrecorded(const Job& job) {
    log_.warn(job.request + " is carried out without a record, for safety", {{"REQUEST", job.request}});
}

/// Once, however many requests meet it.
void ActionRecord::on_failure(const Error& error) {
    if (trouble_.empty()) {
        log_.error(error.what());
    }
    trouble_ = error.what();
    status_.set_record_trouble(trouble_);
}

void ActionRecord::on_success() {
    if (!trouble_.empty()) {
        trouble_.clear();
        status_.set_record_trouble("");
        log_.info("the record of actuations can be written again");
    }
}

} // namespace jigd::jig
