#include "cmd/slipway/diff.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace slipway::cmd {
namespace {

using Lines = std::vector<std::string_view>;

constexpr std::size_t kMaxCells = 16UL << 20U;  // of the table of lengths: 64 MiB

struct Line {
  char mark;
  std::string_view text;
};

Lines lines_of(std::string_view text) {
  Lines out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

void all(std::vector<Line>& out, char mark, const Lines& lines, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) out.push_back({mark, lines[i]});
}

// lengths[i][k]: of the longest common subsequence of what follows i and k.
std::vector<std::uint32_t> lengths(const Lines& a, const Lines& b) {
  const std::size_t row = b.size() + 1;
  std::vector<std::uint32_t> out((a.size() + 1) * row);
  for (std::size_t i = a.size(); i-- > 0;)
    for (std::size_t k = b.size(); k-- > 0;)
      out[i * row + k] = a[i] == b[k] ? out[(i + 1) * row + k + 1] + 1 : std::max(out[(i + 1) * row + k], out[i * row + k + 1]);
  return out;
}

void compare(std::vector<Line>& out, const Lines& a, const Lines& b) {
  if ((a.size() + 1) > kMaxCells / (b.size() + 1)) {
    all(out, '-', a, 0, a.size());
    all(out, '+', b, 0, b.size());
    return;
  }
  const std::vector<std::uint32_t> length = lengths(a, b);
  const std::size_t row = b.size() + 1;
  std::size_t i = 0;
  std::size_t k = 0;
  while (i < a.size() && k < b.size()) {
    if (a[i] == b[k]) {
      out.push_back({' ', a[i]});
      ++i, ++k;
    } else if (length[(i + 1) * row + k] >= length[i * row + k + 1]) {
      out.push_back({'-', a[i++]});
    } else {
      out.push_back({'+', b[k++]});
    }
  }
  all(out, '-', a, i, a.size());
  all(out, '+', b, k, b.size());
}

// The common start and end cost nothing.
std::vector<Line> compared(const Lines& a, const Lines& b) {
  const auto start = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
  std::size_t end = 0;
  while (end < a.size() - start && end < b.size() - start && a[a.size() - 1 - end] == b[b.size() - 1 - end]) ++end;
  const auto middle = [&](const Lines& l) { return Lines(l.begin() + static_cast<std::ptrdiff_t>(start), l.end() - static_cast<std::ptrdiff_t>(end)); };
  std::vector<Line> out;
  all(out, ' ', a, 0, start);
  compare(out, middle(a), middle(b));
  all(out, ' ', a, a.size() - end, a.size());
  return out;
}

std::vector<bool> near_a_change(const std::vector<Line>& lines, std::size_t context) {
  std::vector<bool> out(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].mark == ' ') continue;
    for (std::size_t k = i - std::min(i, context); k < lines.size() && k <= i + context; ++k) out[k] = true;
  }
  return out;
}

}  // namespace

std::string line_diff(std::string_view from, std::string_view to, std::size_t context) {
  if (from == to) return {};
  const Lines a = lines_of(from);
  const Lines b = lines_of(to);
  const std::vector<Line> lines = compared(a, b);
  const std::vector<bool> shown = near_a_change(lines, context);
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (shown[i])
      out.append(1, lines[i].mark).append(lines[i].text).append("\n");
    else if (i == 0 || shown[i - 1])
      out += "...\n";
  }
  return out;
}

}  // namespace slipway::cmd
