#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "record/database.hpp"
#include "record/record.hpp"
#include "record/schema.hpp"

namespace jigd::record {

/// The file of the record while it is open. The calls are those of Record; each throws DatabaseError where
/// the file is at fault.
class RecordDatabase {
  public:
    explicit RecordDatabase(const Options& options);

    [[nodiscard]] bool file_moved() const { return connection_.file_moved(); }
    [[nodiscard]] std::optional<RecordedAction> find(const Job& job);
    [[nodiscard]] std::optional<RecordedAction> find_undecoded(const Job& job);
    [[nodiscard]] std::int64_t begin(const Job& job, Moment now);
    void mark_sent(std::int64_t id, const std::string& bytes);
    void withdraw(std::int64_t id) { delete_one_.run(Integer{id}); }
    void end(std::int64_t id, const Outcome& outcome, const std::string& bytes, Record::WallTime now);
    std::vector<std::optional<RecordedAction>> supersede(std::span<const Job> jobs, const Outcome& outcome,
                                                         Moment now);
    [[nodiscard]] std::uint64_t size();

  private:
    /// What find() finds, and whether it is of this request with these parameters.
    struct Match {
        RecordedAction action;
        std::string request; ///< what the message id was used for
        bool same_request = true;
        bool same_params = true;
    };
    /// Without `params` these are not compared.
    [[nodiscard]] std::optional<Match> match(const Job& job, const std::optional<std::string>& params);
    [[nodiscard]] RecordedAction action_of(const Execution& row) const;
    [[nodiscard]] std::int64_t insert(const Job& job, const std::string& params, Moment now);
    [[nodiscard]] std::optional<RecordedAction> supersede_one(const Job& job, const Outcome& outcome,
                                                              Moment now);
    [[nodiscard]] std::vector<std::string> secrets_of(const Job& job) const;

    void checkpoint_when_due();
    /// Deletes what is too old, or too much.
    void make_room(Moment now);
    void delete_expired(Moment now);
    [[nodiscard]] bool is_expired(const Execution& row, Moment now) const;
    [[nodiscard]] std::int64_t used_pages();
    /// Throws unless the last statement changed the entry.
    void expect_changed(std::int64_t id) const;
    void fill_recorded_ids();

    const Options& options_;
    RecordConnection connection_;
    Statement find_by_message_;
    Statement find_by_origin_;
    Statement insert_;
    Statement update_sent_;
    Statement update_ended_;
    Statement delete_one_;
    Statement oldest_;
    Statement delete_up_to_;
    Statement page_count_;
    Statement free_pages_;
    Statement count_;
};

} // namespace jigd::record
