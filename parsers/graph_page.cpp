#include "parsers/graph_page.h"

#include <algorithm>

#include "parsers/graph.h"
#include "parsers/json_scan.h"

namespace parsers {
namespace {

// Each recovery may read to the end of the text once, so their number is bounded.
constexpr int kMaxRecoveries = 100;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  PageText run() {
    std::size_t at = text_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    while ((at = skip_json_blanks(text_, at)) < text_.size()) {
      const std::size_t start = at;
      at = text_[at] == '{' ? read_object(at) : text_[at] == '[' ? read_array(at) : damaged("bad_json", at);
      if (at != text_.npos) continue;
      at = resume(start);
      if (at < text_.size() && ++recoveries_ > kMaxRecoveries) {
        reject("too_damaged", at);
        break;
      }
    }
    return std::move(out_);
  }

 private:
  void reject(const char* code, std::size_t at) {
    if (out_.rejected.size() < kMaxRejected) out_.rejected.push_back({code, at, {}});
  }

  std::size_t damaged(const char* code, std::size_t at) {
    reject(code, at);
    out_.truncated = true;
    damaged_at_ = at;
    return text_.npos;
  }

  std::size_t resume(std::size_t start) const {
    const std::size_t line = next_json_line(text_, std::max(start, damaged_at_));
    return line == text_.npos ? text_.size() : line;
  }

  void take(std::size_t start, std::size_t end) { out_.records.push_back({text_.substr(start, end - start), start}); }

  // The elements of an array of records; npos when it does not end.
  std::size_t read_array(std::size_t at) {
    for (++at;;) {
      at = skip_json_blanks(text_, at);
      if (at == text_.size()) return damaged("json_cut", at);
      if (text_[at] == ']') {
        out_.has_page = true;
        return at + 1;
      }
      if (text_[at] == ',') {
        ++at;
        continue;
      }
      const std::size_t end = skip_json_value(text_, at);
      if (end == text_.npos) return damaged("json_cut", at);
      if (text_[at] == '{') {
        take(at, end);
      } else {
        reject("not_a_record", at);
      }
      at = end;
    }
  }

  // A page when it has a `value` array and no id before it, else a record.
  std::size_t read_object(std::size_t start) {
    bool is_page = false;
    bool has_id = false;
    std::string_view next_link, delta_link;
    for (std::size_t at = start + 1;;) {
      at = skip_json_blanks(text_, at);
      if (at == text_.size()) return damaged("json_cut", is_page ? at : start);
      if (text_[at] == ',') {
        ++at;
        continue;
      }
      if (text_[at] == '}') {
        if (!is_page) take(start, at + 1);
        if (is_page) out_.next_link = next_link;
        if (is_page) out_.delta_link = delta_link;
        return at + 1;
      }
      const std::size_t key_end = text_[at] == '"' ? skip_json_value(text_, at) : text_.npos;
      if (key_end == text_.npos) return damaged("json_cut", is_page ? at : start);
      const std::string_view key = text_.substr(at + 1, key_end - at - 2);
      at = skip_json_blanks(text_, key_end);
      if (at < text_.size() && text_[at] != ':') return damaged("bad_json", at);
      at = skip_json_blanks(text_, at + 1);
      has_id = has_id || key == "id";
      const bool is_value = !has_id && key == "value" && at < text_.size() && text_[at] == '[';
      is_page = is_page || is_value;
      const std::size_t end = is_value ? read_array(at) : skip_json_value(text_, at);
      if (end == text_.npos) return is_value ? end : damaged("json_cut", is_page ? at : start);
      if (key == "@odata.nextLink") next_link = text_.substr(at, end - at);
      if (key == "@odata.deltaLink") delta_link = text_.substr(at, end - at);
      at = end;
    }
  }

  std::string_view text_;
  std::size_t damaged_at_ = 0;
  int recoveries_ = 0;
  PageText out_;
};

}  // namespace

PageText split_pages(std::string_view json) { return Splitter(json).run(); }

std::optional<std::size_t> end_of_page_head(std::string_view json) {
  std::size_t at = skip_json_blanks(json, json.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
  if (at == json.size() || json[at] != '{') return std::nullopt;
  ++at;
  while (true) {
    at = json.find_first_not_of(" \t\r\n,", at);
    if (at == json.npos || json[at] != '"') return std::nullopt;
    const std::size_t key_end = skip_json_value(json, at);
    if (key_end == json.npos) return std::nullopt;
    const std::string_view key = json.substr(at + 1, key_end - at - 2);
    at = skip_json_blanks(json, key_end);
    if (key == "id" || at == json.size() || json[at] != ':') return std::nullopt;
    at = skip_json_blanks(json, at + 1);
    if (key == "value" && at < json.size() && json[at] == '[') return at + 1;
    at = skip_json_value(json, at);
    if (at == json.npos) return std::nullopt;
  }
}

}  // namespace parsers
