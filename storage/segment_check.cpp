#include "storage/segment_check.h"

#include <algorithm>
#include <map>
#include <set>

#include "storage/bytes.h"
#include "storage/column_codec.h"
#include "storage/host_index.h"
#include "storage/message_codec.h"
#include "storage/migrations.h"
#include "storage/segment_tables.h"

namespace storage {
namespace {

class Check {
 public:
  explicit Check(const std::string& path) : connection_(path, Connection::Mode::read_only) {
    checked_version(connection_, kSegmentSchema);
  }

  std::vector<std::string> run() {
    file();
    const auto segment = read_segment_row(connection_);
    if (!segment) return faults_;  // its creation was cut off
    names();
    blocks();
    if (segment->sealed) {
      if (segment->totals != totals_) fault("the totals are not those of the blocks");
      host_index();
    }
    return std::move(faults_);
  }

 private:
  void fault(const std::string& what) { faults_.push_back(connection_.path() + ": " + what + "."); }

  void file() {
    for (std::string& fault : check_database(connection_.path())) faults_.push_back(std::move(fault));
  }

  void names() {
    // Numbers without gaps: the reader takes them as places in a list.
    sources_ = static_cast<std::uint64_t>(connection_.integer("SELECT count(*) FROM sources"));
    reasons_ = static_cast<std::uint64_t>(connection_.integer("SELECT count(*) FROM reasons"));
    if (connection_.integer("SELECT count(*) FROM sources WHERE id >= (SELECT count(*) FROM sources)") != 0 ||
        connection_.integer("SELECT count(*) FROM reasons WHERE id > (SELECT count(*) FROM reasons)") != 0) {
      fault("sources or reasons are missing");
    }
    if (connection_.integer("SELECT (SELECT count(*) FROM blocks) <> (SELECT count(*) FROM filters)") != 0 ||
        connection_.integer("SELECT count(*) FROM filters WHERE first NOT IN (SELECT first FROM blocks)") != 0) {
      fault("the filters are not those of the blocks");
    }
  }

  void blocks() {
    Statement statement(connection_, R"(
        SELECT first, count, quarantined, raw_bytes, min_time, max_time, min_received, max_received, hosts, entries, raw
        FROM blocks ORDER BY first)");
    std::int64_t expected = 1;
    for (auto row = statement.use(); row.row(); expected = row.integer(0) + row.integer(1)) {
      if (row.integer(0) != expected) fault("a block is missing before message " + std::to_string(row.integer(0)));
      if (const char* what = block_fault(row)) {
        fault("the block of messages " + std::to_string(row.integer(0)) + " to " +
              std::to_string(row.integer(0) + row.integer(1) - 1) + ": " + what);
      }
    }
  }

  const char* block_fault(const Statement::Use& row) {
    if (!decode_entries(row.blob(8), row.blob(9), static_cast<std::size_t>(row.integer(1)), decompressor_, entries_)) {
      return "its index is damaged";
    }
    const BlockSummary summary = summarise(entries_);
    totals_.add(summary);
    if (!add_hosts(row)) return "its list of hosts is not that of its messages";
    if (!decoder_.decode(row.blob(10), summary.raw_bytes, decompressor_, bytes_)) return "its messages are damaged";
    if (bytes_.size() != summary.raw_bytes) return "index and messages do not agree";
    if (summary != row_summary(row, 1)) return "its summary is not that of its messages";
    if (std::ranges::any_of(entries_, [this](const IndexEntry& entry) {
          return entry.source >= sources_ || entry.reason > reasons_;
        })) {
      return "it names a source or a reason that is not there";
    }
    return nullptr;
  }

  // Decoding has shown that each entry's host is in the list; here that each of the list is some entry's.
  bool add_hosts(const Statement::Use& row) {
    std::set<std::uint64_t> of_entries;
    for (const IndexEntry& entry : entries_) of_entries.insert(entry.host_key);
    for (ByteReader reader(row.blob(8)); !reader.at_end();) {
      const std::uint64_t host = take_host(reader);
      if (of_entries.erase(host) == 0) return false;
      if (host != 0) hosts_[host].push_back(static_cast<std::uint32_t>(row.integer(0)));
    }
    return true;
  }

  void host_index() {
    Statement statement(connection_,
                        "SELECT chunk FROM host_index WHERE first_key <= ? ORDER BY first_key DESC LIMIT 1");
    for (const auto& [host, blocks] : hosts_) {
      auto row = statement.use();
      const bool found = row.bind(static_cast<std::int64_t>(host)).row();
      if (!found || find_in_chunk(row.blob(0), host) != blocks) {
        fault("the host index does not agree with the blocks");
        return;
      }
    }
  }

  Connection connection_;
  std::vector<std::string> faults_;
  std::uint64_t sources_ = 0, reasons_ = 0;
  BlockSummary totals_;
  std::map<std::uint64_t, std::vector<std::uint32_t>> hosts_;  // blocks of each host
  Decompressor decompressor_;
  MessageDecoder decoder_;
  std::vector<IndexEntry> entries_;
  std::string bytes_;
};

}  // namespace

std::vector<std::string> check_database(const std::string& path) {
  Connection connection(path, Connection::Mode::read_only);
  Statement statement(connection, "PRAGMA quick_check");
  std::vector<std::string> faults;
  for (auto row = statement.use(); row.row();) {
    if (row.text(0) != "ok") faults.push_back(path + ": " + std::string(row.text(0)) + ".");
  }
  return faults;
}

std::vector<std::string> check_segment(const std::string& path) {
  try {
    return Check(path).run();
  } catch (const SqliteError& error) {
    return {error.what()};
  }
}

}  // namespace storage
