#pragma once

#include <cstdint>

#include "record/database.hpp"
#include "record/record.hpp"

namespace jigd::record {

inline constexpr std::int64_t page_size = 4096;
/// The log is moved into the file when it has so many pages: seldom, and a few milliseconds' work.
inline constexpr std::int64_t max_log_pages = 256;

/// The file of a record, made where it is missing, checked, and brought to the present version: all of it or
/// nothing. Throws DatabaseError.
class RecordConnection : public Connection {
  public:
    explicit RecordConnection(const Options& options);

  private:
    [[nodiscard]] int version();
    void set_limits(const Options& options);
    void migrate();
};

} // namespace jigd::record
