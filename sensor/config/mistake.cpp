#include "sensor/config/mistake.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <sstream>
#include <tuple>
#include <utility>

namespace config {
namespace {

constexpr std::size_t kShortestBeginning = 4;  // of a longer word that somebody left unfinished

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

}  // namespace

std::string to_text(const Mistake& mistake) {
  if (mistake.line == 0) {
    std::string text = fmt::format("{}: {}\n", mistake.file, mistake.what);
    if (!mistake.hint.empty()) text += fmt::format("  {}\n", mistake.hint);
    return text;
  }
  std::string text = fmt::format("{}:{}:{}: {}\n", mistake.file, mistake.line, mistake.column, mistake.what);
  // Tabs stay tabs under the caret, so that it lands below its column whatever a tab is worth.
  std::string margin;
  for (std::size_t i = 0; i + 1 < mistake.column && i < mistake.source_line.size(); ++i) {
    margin += mistake.source_line[i] == '\t' ? '\t' : ' ';
  }
  text += fmt::format("  {}\n  {}^\n", mistake.source_line, margin);
  if (!mistake.hint.empty()) text += fmt::format("  {}\n", mistake.hint);
  return text;
}

bool comes_before(const Mistake& a, const Mistake& b) {
  return std::tie(a.line, a.column, a.what) < std::tie(b.line, b.column, b.what);
}

SourceText::SourceText(std::string path, std::string_view text) : path_(std::move(path)) {
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) lines_.push_back(line);
}

Mistake SourceText::mistake(unsigned line, unsigned column, std::string what, std::string hint) const {
  Mistake mistake{path_, line, column, std::move(what), "", std::move(hint)};
  if (line >= 1 && line <= lines_.size()) mistake.source_line = lines_[line - 1];
  return mistake;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string_view near = nearest(word, candidates);
  return near.empty() ? std::string() : fmt::format("did you mean `{}`?", near);
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  if (!best.empty() || word.size() < kShortestBeginning) return best;
  const auto begun =
      std::find_if(candidates.begin(), candidates.end(), [&](auto candidate) { return candidate.starts_with(word); });
  return begun == candidates.end() ? best : *begun;
}

}  // namespace config
