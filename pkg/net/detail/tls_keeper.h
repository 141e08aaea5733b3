// The TLS context of a transport over time: one for each set of credentials, made anew when their source hands out others. Without I/O of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "pkg/base/time.h"
#include "pkg/net/client.h"
#include "pkg/net/tls.h"

namespace slipway::net::detail {

class TlsKeeper {
 public:
  // Errors: the source's, or Invalid where what it hands out is of no use. `whose` is for messages.
  [[nodiscard]] static Result<TlsKeeper> make(TlsSource source, std::string whose);

  enum class Change : std::uint8_t { None, Trust, Identity };  // Identity: the client's certificate, whatever else
  // Asks the source again. What cannot be used is logged, once until it is another problem, and changes nothing.
  Change look();
  [[nodiscard]] const TlsContextPtr& context() const noexcept { return context_; }
  // What to add to an error of a connection: that the client's certificate is not valid now; empty where it is.
  [[nodiscard]] std::string complaint(WallTime now) const;

 private:
  TlsKeeper() = default;
  TlsSource source_;
  std::string whose_;
  TlsIdentity identity_;
  TlsContextPtr context_;
  std::optional<WallTime> from_;
  std::optional<WallTime> until_;
  std::string last_problem_;
  Status adopt(TlsIdentity identity);
};

}  // namespace slipway::net::detail
