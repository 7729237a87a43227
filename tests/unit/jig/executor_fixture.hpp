#pragma once

#include <optional>
#include <utility>

#include "jig/executor.hpp"
#include "support/link_fixture.hpp"

namespace jigd::jig {

/// A link in virtual time, with an executor on it.
class ExecutorFixture : public link::LinkFixture {
  protected:
    void make_for(link::IdentityDemand demand) override {
        LinkFixture::make_for(std::move(demand));
        executor.emplace(profile,
                         ExecutorDependencies{*link, *values, facts, [] { return nlohmann::json(); }});
    }

    std::optional<Executor> executor;
};

} // namespace jigd::jig
