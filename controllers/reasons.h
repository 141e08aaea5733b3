// The reasons that our conditions and Events use: one fixed table, so that dashboards and alerts may count them (peers.md 6.1, KSM). A reason that another
// controller made up (a Machine's, a package's) stands in the message; the condition then says our fallback. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace slipway::controllers {

struct ReasonRow {
  std::string_view reason;
  std::string_view meaning;
};
[[nodiscard]] std::span<const ReasonRow> reason_table() noexcept;
[[nodiscard]] bool is_known_reason(std::string_view reason) noexcept;
// `reason` where the table has it, else the fallback.
[[nodiscard]] std::string known_reason(std::string_view reason, std::string_view fallback);

}  // namespace slipway::controllers
