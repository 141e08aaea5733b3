// What a TlsContext is inside. Only tls.cpp and tls_context.cpp include this: Asio's TLS templates are slow to compile.
#pragma once

#include <memory>

#include <boost/asio/ssl/context.hpp>
#include <openssl/ssl.h>

#include "pkg/net/tls.h"

namespace slipway::net {

class TlsContext {
 public:
  explicit TlsContext(boost::asio::ssl::context::method method) : context(method) {}
  boost::asio::ssl::context context;
  // A client's newest session (of TLS 1.3: a ticket, good for one connection). A context has one server and one set of credentials, so what was verified when
  // the session began holds for those that resume it.
  struct Free {
    void operator()(SSL_SESSION* one) const noexcept { SSL_SESSION_free(one); }
  };
  std::unique_ptr<SSL_SESSION, Free> session;
};

}  // namespace slipway::net
