// What a query prints: a table for a terminal, tab-separated text for a pipe, JSON lines, or CSV (RFC 4180).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sensor/query/field.h"

namespace query {

enum class Format { table, plain, json, csv };

class Printer {
 public:
  // `fields` empty: the usual ones for people and CSV, and everything for JSON. `width`: of the terminal.
  Printer(Format format, std::vector<Field> fields, bool quarantine, std::size_t width);

  // The line above the first row, with its line end; empty where there is none.
  std::string heading() const;
  std::string row(Message& message) const;

 private:
  std::string json(Message& message) const;
  std::string joined(const std::vector<std::string>& cells) const;

  Format format_;
  std::vector<Field> fields_;
  bool quarantine_;
  bool has_all_;                     // JSON without --columns
  std::vector<std::size_t> widths_;  // of a table's columns
};

}  // namespace query
