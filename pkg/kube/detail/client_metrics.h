// rest_client_* of one client, with client-go's names, labels and buckets (component-base metrics/prometheus/restclient). They leave the exposition with the
// client, so clusters that come and go leave no series behind.
#pragma once

#include <map>
#include <string>

#include "pkg/async/clock.h"
#include "pkg/metrics/metrics.h"
#include "pkg/net/http.h"

namespace slipway::kube::detail {

class ClientMetrics {
 public:
  explicit ClientMetrics(std::string host) : host_(std::move(host)) {}
  // `code`: the status, or "<error>".
  void finished(const std::string& verb, const std::string& code, async::Duration took, std::size_t sent, std::size_t received);
  void retried(const std::string& verb, const std::string& code);
  void waited(const std::string& verb, async::Duration took);

 private:
  struct Verb {
    metrics::Histogram* duration = nullptr;
    metrics::Histogram* sent = nullptr;
    metrics::Histogram* received = nullptr;
    metrics::Histogram* waited = nullptr;
  };
  Verb& of(const std::string& verb);
  std::string host_;
  metrics::SeriesGroup group_;
  std::map<std::string, Verb> verbs_;
  std::map<std::pair<std::string, std::string>, metrics::Counter*> requests_;
  std::map<std::pair<std::string, std::string>, metrics::Counter*> retries_;
};

}  // namespace slipway::kube::detail
