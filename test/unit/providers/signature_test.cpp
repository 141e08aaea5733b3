#include "pkg/providers/sources/signature.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "test/unit/providers/keys.h"

namespace slipway::providers {
namespace {

using test::TestKey;

struct Signer {
  std::string name;
  TestKey key;
  int padding = 0;
};
std::vector<Signer> signers() {
  const TestKey rsa = TestKey::rsa(2048);
  return {{"P-256", TestKey::ec("P-256")},
          {"P-384", TestKey::ec("P-384")},
          {"Ed25519", TestKey::ed25519()},
          {"RSA PKCS#1", rsa, RSA_PKCS1_PADDING},
          {"RSA PSS", rsa, RSA_PKCS1_PSS_PADDING}};
}

std::string flipped(std::string text, std::size_t at) {
  text[at] = static_cast<char>(text[at] ^ 1);
  return text;
}

std::string why(const Status& status) { return status ? "accepted" : status.error().message(); }

constexpr std::string_view kBytes = "apiVersion: v1\nkind: Namespace\n";

}  // namespace

TEST_CASE("a signature that the key's owner made is accepted, for each kind of key") {
  for (const Signer& s : signers()) {
    INFO(s.name);
    CHECK(why(verify_blob(s.key.public_pem(), kBytes, s.key.sign(kBytes, s.padding), "components.yaml")) == "accepted");
    CHECK(why(verify_blob(s.key.public_pem(), "", s.key.sign("", s.padding), "an empty file")) == "accepted");
    CHECK(why(check_public_key(s.key.public_pem())) == "accepted");
  }
}

TEST_CASE("a bit that changed in the file or in its signature is refused, for each kind of key") {
  const std::string sentence = "the signature of components.yaml does not match the public key: it was changed after it was signed, or signed with another key";
  for (const Signer& s : signers()) {
    INFO(s.name);
    const std::string raw = s.key.sign_raw(kBytes, s.padding);
    CHECK(why(verify_blob(s.key.public_pem(), flipped(std::string(kBytes), 3), base64_encode(raw), "components.yaml")) == sentence);
    CHECK(why(verify_blob(s.key.public_pem(), std::string(kBytes) + "\n", base64_encode(raw), "components.yaml")) == sentence);
    for (std::size_t at = 0; at < raw.size(); at += 7)
      CHECK(why(verify_blob(s.key.public_pem(), kBytes, base64_encode(flipped(raw, at)), "components.yaml")) == sentence);
    CHECK(why(verify_blob(s.key.public_pem(), kBytes, base64_encode(raw.substr(0, raw.size() - 1)), "components.yaml")) == sentence);
  }
}

TEST_CASE("another key's signature, and a bit that changed in the key, are refused") {
  const TestKey key = TestKey::ec("P-256");
  const std::string signature = key.sign(kBytes);
  CHECK(why(verify_blob(TestKey::ec("P-256").public_pem(), kBytes, signature, "f")).contains("does not match the public key"));
  CHECK(why(verify_blob(TestKey::rsa(2048).public_pem(), kBytes, signature, "f")).contains("does not match the public key"));
  const std::string pem = key.public_pem();
  const std::size_t begin = pem.find('\n') + 1;
  const std::size_t end = pem.find("\n-----END");
  for (std::size_t at = begin; at < end; ++at) {
    INFO(at);
    if (pem[at] == '\n' || pem[at] == '=') continue;
    CHECK_FALSE(verify_blob(flipped(pem, at), kBytes, signature, "f"));
  }
}

TEST_CASE("a signature that is absent, or no base64, is told apart from one that does not match") {
  const std::string pem = TestKey::ec("P-256").public_pem();
  CHECK(why(verify_blob(pem, kBytes, " \n", "components.yaml")) == "components.yaml has no signature, and a public key asks for one");
  CHECK(why(verify_blob(pem, kBytes, "not base64!", "components.yaml")) == "the signature of components.yaml is not base64");
}

TEST_CASE("line breaks in a signature, as base64 programs write them, do not matter") {
  const TestKey key = TestKey::rsa(2048);
  std::string signature = key.sign(kBytes, RSA_PKCS1_PADDING) + "\n";
  signature.insert(76, "\n");
  CHECK(why(verify_blob(key.public_pem(), kBytes, signature, "f")) == "accepted");
}

TEST_CASE("a private key given by mistake is refused by name, and never repeated") {
  const TestKey key = TestKey::ec("P-256");
  const std::string pem = key.private_pem();
  const std::string message = why(verify_blob(pem, kBytes, key.sign(kBytes), "components.yaml"));
  CHECK(message.starts_with("verifying components.yaml: the public key is a private key: keep that one secret, and give its public half"));
  const std::string inside = pem.substr(pem.find('\n') + 1, 20);
  CHECK_FALSE(message.contains(inside));
}

TEST_CASE("what is no public key that Slipway takes is refused, each with its reason") {
  const std::string one = TestKey::ec("P-256").public_pem();
  CHECK(why(check_public_key("")) == "the public key is empty: give it as PEM, from -----BEGIN PUBLIC KEY----- on");
  CHECK(why(check_public_key("AAAA")) == "the public key is no PEM public key: it must hold -----BEGIN PUBLIC KEY-----");
  CHECK(why(check_public_key("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")) ==
        "the public key is damaged: what stands between its BEGIN and END lines is no key");
  CHECK(why(check_public_key("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")).starts_with("the public key is a certificate: give the key"));
  CHECK(why(check_public_key(one + one)) == "the public key is more than one: give exactly one");
  CHECK(why(check_public_key(TestKey::rsa(1024).public_pem())) == "the public key is RSA of 1024 bits: 2048 to 8192 are accepted");
  CHECK(why(check_public_key(TestKey::ec("secp256k1").public_pem())) == "the public key is on curve secp256k1: P-256 and P-384 are accepted");
  CHECK(why(check_public_key(std::string(70'000, 'x'))) == "the public key is longer than 64 KiB");
}

}  // namespace slipway::providers
