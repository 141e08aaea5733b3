// What a TlsContext is inside. Only tls.cpp and tls_context.cpp include this: Asio's TLS templates are slow to compile.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include "pkg/net/tls.h"

namespace slipway::net {

class TlsContext {
 public:
  explicit TlsContext(boost::asio::ssl::context::method method) : context(method) {}
  boost::asio::ssl::context context;
};

}  // namespace slipway::net
