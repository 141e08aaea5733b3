// Protocol Buffers, the writing half: fields of one message, appended in order. Empty values are written where the caller asks for them. Pure.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace slipway::kubesim {

class ProtoWriter {
 public:
  void text(std::uint32_t field, std::string_view value) {
    tag(field, 2);
    varint(value.size());
    out_.append(value);
  }
  void message(std::uint32_t field, const ProtoWriter& value) { text(field, value.out_); }
  void boolean(std::uint32_t field, bool value) {
    tag(field, 0);
    varint(value ? 1 : 0);
  }
  void integer(std::uint32_t field, std::int64_t value) {
    tag(field, 0);
    varint(static_cast<std::uint64_t>(value));
  }
  void real(std::uint32_t field, double value) {
    tag(field, 1);
    auto bits = std::bit_cast<std::uint64_t>(value);
    for (int i = 0; i < 8; ++i, bits >>= 8U) out_.push_back(static_cast<char>(static_cast<unsigned char>(bits & 0xFFU)));
  }
  [[nodiscard]] const std::string& bytes() const noexcept { return out_; }

 private:
  void tag(std::uint32_t field, std::uint32_t wire_type) { varint((static_cast<std::uint64_t>(field) << 3U) | wire_type); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80U; value >>= 7U) out_.push_back(static_cast<char>(static_cast<unsigned char>((value & 0x7FU) | 0x80U)));
    out_.push_back(static_cast<char>(static_cast<unsigned char>(value)));
  }
  std::string out_;
};

}  // namespace slipway::kubesim
