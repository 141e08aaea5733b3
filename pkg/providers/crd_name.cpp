#include "pkg/providers/crd_name.h"

#include <algorithm>
#include <array>

#include "pkg/base/strings.h"

namespace slipway::providers {
namespace {

struct Ending {
  std::string_view one;
  std::string_view many;
};

// Nouns with a plural of their own, which longer words may end in ("NodeIndex").
constexpr auto kNouns = std::to_array<Ending>({{"chassis", "chassis"},
                                               {"series", "series"},
                                               {"species", "species"},
                                               {"media", "media"},
                                               {"equipment", "equipment"},
                                               {"information", "information"},
                                               {"money", "money"},
                                               {"news", "news"},
                                               {"aircraft", "aircraft"},
                                               {"police", "police"},
                                               {"fish", "fish"},
                                               {"child", "children"},
                                               {"human", "humans"},
                                               {"woman", "women"},
                                               {"man", "men"},
                                               {"person", "people"},
                                               {"mouse", "mice"},
                                               {"foot", "feet"},
                                               {"index", "indices"},
                                               {"vertex", "vertices"},
                                               {"vortex", "vortices"},
                                               {"apex", "apices"},
                                               {"codex", "codices"},
                                               {"helix", "helices"},
                                               {"appendix", "appendices"},
                                               {"medium", "media"},
                                               {"stadium", "stadiums"},
                                               {"criterion", "criteria"},
                                               {"lexicon", "lexica"},
                                               {"quota", "quotas"},
                                               {"agenda", "agendas"},
                                               {"formula", "formulas"},
                                               {"focus", "foci"},
                                               {"locus", "loci"},
                                               {"nucleus", "nuclei"},
                                               {"radius", "radii"},
                                               {"corpus", "corpora"},
                                               {"genus", "genera"},
                                               {"basis", "bases"},
                                               {"base", "bases"},
                                               {"crisis", "crises"},
                                               {"thesis", "theses"},
                                               {"cause", "causes"},
                                               {"clause", "clauses"},
                                               {"fuse", "fuses"},
                                               {"house", "houses"},
                                               {"pause", "pauses"},
                                               {"move", "moves"},
                                               {"hive", "hives"},
                                               {"movie", "movies"},
                                               {"cookie", "cookies"},
                                               {"bureau", "bureaus"},
                                               {"curriculum", "curriculums"}});
// Words that only count alone ("Axis", but not "Praxis").
constexpr auto kAlone = std::to_array<Ending>({{"axis", "axes"}, {"alias", "aliases"}, {"use", "uses"}, {"die", "dice"}, {"ox", "oxen"}});
// Endings, the more particular one first: the first that fits decides, and a word that has its plural form already stays.
constexpr auto kEndings = std::to_array<Ending>(
    {{"tive", "tives"},  {"eaf", "eaves"},    {"oaf", "oaves"},   {"afe", "aves"},      {"arf", "arves"},   {"rf", "rves"},    {"lf", "lves"},
     {"fe", "ves"},      {"ay", "ays"},       {"ey", "eys"},      {"oy", "oys"},        {"quy", "quies"},   {"uy", "uys"},     {"y", "ies"},
     {"eau", "eaux"},    {"hedron", "hedra"}, {"ium", "ia"},      {"seum", "seums"},    {"eum", "ea"},      {"dum", "da"},     {"ulum", "ula"},
     {"llum", "lla"},    {"imum", "ima"},     {"brum", "bra"},    {"terum", "tera"},    {"trum", "tra"},    {"antum", "anta"}, {"atum", "ata"},
     {"entum", "enta"},  {"etum", "eta"},     {"itum", "ita"},    {"otum", "ota"},      {"utum", "uta"},    {"ctum", "cta"},   {"ovum", "ova"},
     {"trix", "trices"}, {"iasis", "iases"},  {"resis", "reses"}, {"gnosis", "gnoses"}, {"opsis", "opses"}, {"ysis", "yses"},  {"us", "uses"},
     {"ch", "ches"},     {"io", "ios"},       {"sh", "shes"},     {"ss", "sses"},       {"ez", "ezzes"},    {"iz", "izzes"},   {"tz", "tzes"},
     {"zz", "zzes"},     {"ano", "anos"},     {"lo", "los"},      {"to", "tos"},        {"oo", "oos"},      {"o", "oes"},      {"x", "xes"},
     {"s", "s"}});

template <class Table>
std::optional<std::string> by_ending(std::string_view word, const Table& table) {
  for (const Ending& e : table) {
    if (word.ends_with(e.many)) return std::string(word);
    if (word.ends_with(e.one)) return std::string(word.substr(0, word.size() - e.one.size())).append(e.many);
  }
  return std::nullopt;
}

std::string plural(const std::string& word) {
  if (const auto alone = std::ranges::find(kAlone, word, &Ending::one); alone != kAlone.end()) return std::string(alone->many);
  if (auto noun = by_ending(word, kNouns)) return *noun;
  if (auto regular = by_ending(word, kEndings)) return *regular;
  return word + "s";
}

constexpr std::string_view kSkip = "clusterctl.cluster.x-k8s.io/skip-crd-name-preflight-check";

}  // namespace

std::string crd_name(std::string_view group, std::string_view kind) { return plural(to_lower(kind)).append(".").append(group); }

std::optional<std::string> crd_name_problem(const kube::Object& object) {
  if (kube::kind_of(object) != "CustomResourceDefinition" || object["metadata"]["annotations"].contains(kSkip)) return std::nullopt;
  const std::string wanted = crd_name(object["spec"]["group"].as_string(), object["spec"]["names"]["kind"].as_string());
  if (kube::name_of(object) == wanted) return std::nullopt;
  return "CustomResourceDefinition " + shorten(kube::name_of(object), 253) + " would not be found by Cluster API, which computes the name " +
         shorten(wanted, 253) + " from kind and group; rename it, or set the annotation " + std::string(kSkip) +
         " on it where no Cluster API object refers to that kind";
}

}  // namespace slipway::providers
