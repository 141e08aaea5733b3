#include "pkg/json/detail/cut.h"

#include "pkg/json/scan.h"

namespace slipway::json::detail {
namespace {

class Cutter {
 public:
  Cutter(std::string_view text, const Projection& drop, std::string& out) : text_(text), paths_(drop.paths()), out_(out) {
    for (std::size_t i = 0; i < std::min<std::size_t>(paths_.size(), 64); ++i) {
      bool plain = !paths_[i].empty();
      for (const auto& step : paths_[i]) plain = plain && step != "*";
      if (plain) wanted_ |= std::uint64_t{1} << i;
    }
  }

  bool run() {
    if (wanted_ != 0 && !object(wanted_, 0)) return false;
    out_.append(text_.substr(copied_));
    return true;
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool skip_value() {
    const std::size_t end = ValueEnd().find(text_, at_);
    if (end == ValueEnd::npos || end == at_) return false;
    at_ = end;
    return true;
  }

  // `paths` lead to this object; `step` of them is its members. Ends after the object, or at once where nothing is left to find.
  bool object(std::uint64_t paths, std::size_t step) {
    if (!take('{')) return at_ < text_.size() && skip_value();  // of another type: nothing to find in it
    skip_space();
    if (at_ < text_.size() && text_[at_] == '}') {
      ++at_;
      wanted_ &= ~paths;
      return true;
    }
    bool first = true;  // no member of this object is kept so far
    for (;;) {
      skip_space();
      const std::size_t begin = at_;
      if (at_ >= text_.size() || text_[at_] != '"' || !skip_value()) return false;
      const std::string_view name = text_.substr(begin + 1, at_ - begin - 2);
      if (!take(':')) return false;
      skip_space();
      std::uint64_t on = 0;
      bool dropped = false;
      for (std::size_t i = 0; i < paths_.size() && i < 64; ++i) {
        if ((paths >> i & 1U) == 0 || paths_[i][step] != name) continue;
        if (paths_[i].size() == step + 1) {
          dropped = true;
          wanted_ &= ~(std::uint64_t{1} << i);
        } else {
          on |= std::uint64_t{1} << i;
        }
      }
      if (dropped) {
        out_.append(text_.substr(copied_, begin - copied_));
        if (!skip_value()) return false;
        skip_space();
        if (at_ >= text_.size()) return false;
        if (text_[at_] == ',') {
          ++at_;  // with the comma after it
        } else if (!first) {
          while (!out_.empty() && out_.back() != ',') out_.pop_back();  // only white space
          out_.pop_back();                                              // ... or the comma before it
        }
        copied_ = at_;
        if (text_[at_ - 1] == ',') {
          if (wanted_ == 0) return true;
          continue;
        }
      } else {
        if (on != 0 ? !object(on, step + 1) : !skip_value()) return false;
        first = false;
        if (wanted_ == 0) return true;
        skip_space();
      }
      if (take(',')) continue;
      if (!take('}')) return false;
      wanted_ &= ~paths;
      return true;
    }
  }

  std::string_view text_;
  const std::vector<Projection::Path>& paths_;
  std::string& out_;
  std::size_t at_ = 0;
  std::size_t copied_ = 0;  // what is before has been appended, or left out
  std::uint64_t wanted_ = 0;
};

}  // namespace

bool cut(std::string_view text, const Projection& drop, std::string& out) { return Cutter(text, drop, out).run(); }

}  // namespace slipway::json::detail
