// What names, label keys and label values may be, with the sentences of apimachinery pkg/util/validation. An empty result means valid. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slipway::kubesim {

[[nodiscard]] std::vector<std::string> dns_label_problems(std::string_view value);       // RFC 1123 label: namespaces
[[nodiscard]] std::vector<std::string> dns_subdomain_problems(std::string_view value);   // RFC 1123 subdomain: most names
[[nodiscard]] std::vector<std::string> dns_1035_problems(std::string_view value);        // services
[[nodiscard]] std::vector<std::string> path_segment_problems(std::string_view value);    // RBAC
[[nodiscard]] std::vector<std::string> qualified_name_problems(std::string_view value);  // label keys, finalizers
[[nodiscard]] std::vector<std::string> label_value_problems(std::string_view value);

}  // namespace slipway::kubesim
