// Text in columns, as kubectl shows it: three spaces between columns, none at the end of a line. Pure; any thread.
#pragma once

#include <string>
#include <vector>

namespace slipway::cmd {

// Text from elsewhere as one line for a terminal: control characters as "?".
[[nodiscard]] std::string printable(std::string text);

class Table {
 public:
  explicit Table(std::vector<std::string> header) : rows_{std::move(header)} {}
  // A cell without text shows as "-", the others as printable() has them. Cells that are missing at the end are empty.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] bool empty() const noexcept { return rows_.size() == 1; }
  [[nodiscard]] std::string text() const;  // with a line's end at its end

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace slipway::cmd
