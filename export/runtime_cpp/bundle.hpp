// What of a bundle needs no ONNX Runtime: its manifest, the picture, and how logits become an answer.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json.hpp"

namespace roadgrip {

inline constexpr int kSchemaVersion = 2;  // of manifest.json, as the Python package writes it
inline constexpr double kMaxSide = 16384;
inline constexpr std::uintmax_t kMaxManifestBytes = 1u << 20;  // these five as in export/runtime/limits.py
inline constexpr double kMaxGraphBytes = 1u << 30;
inline constexpr std::size_t kMaxPathLetters = 200;
inline constexpr double kMinTemperature = 0.01;
inline constexpr double kMaxTemperature = 100;
inline constexpr const char* kKeptShare = "0.99";  // which threshold decides, as in export/runtime/manifest.py

struct Bundle {
  std::vector<std::string> classes;  // in logit order
  Json preprocessing;
  std::size_t height = 0;
  std::size_t width = 0;
  bool bgr = false;  // the order of the channels that the graphs take
  std::filesystem::path graph_path;
  std::uintmax_t graph_bytes = 0;
  double temperature = 1.0;
  double ood_threshold = 0.0;  // largest distance to the nearest class centre of a picture that counts as known
};

struct Answer {
  std::string label;
  double confidence = 0.0;
  std::vector<double> probabilities;  // in logit order
  double distance = 0.0;  // to the nearest class centre
  bool in_distribution = false;
};

// Read a whole file of a known size.
inline std::vector<char> read_exactly(const std::filesystem::path& path, std::uintmax_t bytes,
                                      const std::string& what) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) throw InputError(path.string() + ": there is no such file");
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error || size != bytes) {
    throw InputError(path.string() + ": expected " + what + " of " + std::to_string(bytes) + " bytes, got " +
                     (error ? error.message() : std::to_string(size)));
  }
  std::vector<char> data(static_cast<std::size_t>(bytes));
  std::ifstream in(path, std::ios::binary);
  if (!in.read(data.data(), static_cast<std::streamsize>(bytes))) throw InputError(path.string() + ": cannot be read");
  return data;
}

// Return a member of an object; throws InputError where it is missing or of another kind.
inline const Json& member(const Json& object, std::string_view key, Json::Kind kind, const std::string& where) {
  static constexpr const char* kNames[] = {"null", "true or false", "a number", "a string", "a list", "an object"};
  const Json* found = object.find(key);
  if (found == nullptr || found->kind != kind) {
    throw InputError(where + ": expected '" + std::string(key) + "' to be " + kNames[static_cast<int>(kind)] +
                     (found == nullptr ? ", but it is missing" : ", got another kind of value"));
  }
  return *found;
}

// Return a member that is a whole number in [1, most].
inline std::uintmax_t count(const Json& object, std::string_view key, double most, const std::string& where) {
  const double number = member(object, key, Json::Kind::number, where).number;
  if (!(number >= 1 && number <= most) || number != std::floor(number)) {
    throw InputError(where + ": expected '" + std::string(key) + "' to be a whole number in 1.." +
                     json_number(most, 10) + ", got " + json_number(number, 17));
  }
  return static_cast<std::uintmax_t>(number);
}

// Return a list of distinct, non-empty strings, two or more of them.
inline std::vector<std::string> class_names(const Json& list, const std::string& where) {
  std::vector<std::string> names;
  std::set<std::string_view> known;
  for (const Json& item : list.items) {
    if (item.kind != Json::Kind::string || item.string.empty() || !known.insert(item.string).second) {
      throw InputError(where + ": expected the classes to be distinct names");
    }
    names.push_back(item.string);
  }
  if (list.kind != Json::Kind::array || names.size() < 2) {
    throw InputError(where + ": expected the classes to be a list of two names or more");
  }
  return names;
}

// Say whether a name is letters, digits and . _ + - with / between folders, and no part starts with . + or -.
inline bool is_plain_path(std::string_view name) {
  bool first = true;  // of a part
  for (const char letter : name) {
    const bool word = (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
                      (letter >= '0' && letter <= '9') || letter == '_';
    const bool sign = letter == '.' || letter == '+' || letter == '-' || letter == '/';
    if (!word && (first || !sign)) return false;
    first = letter == '/';
  }
  return !first && name.size() <= kMaxPathLetters;
}

// Return where a file of the bundle lies; throws InputError where its name or a link leads out of the folder.
inline std::filesystem::path inside(const std::filesystem::path& folder, const std::string& name) {
  const std::string where = (folder / "manifest.json").string();
  if (!is_plain_path(name)) {
    throw InputError(where + ": expected files inside the bundle's folder, got " + json_string(name));
  }
  std::filesystem::path path = folder;
  for (const std::filesystem::path& part : std::filesystem::path(name)) {
    path /= part;
    std::error_code error;
    if (std::filesystem::is_symlink(std::filesystem::symlink_status(path, error))) {
      throw InputError(path.string() + ": expected a file of the bundle, got a symbolic link");
    }
  }
  return path;
}

inline const Json& find_variant(const Json& manifest, const std::string& name, const std::string& where) {
  std::set<std::string_view> known;
  std::string listed;
  const Json* variant = nullptr;
  for (const Json& item : member(manifest, "variants", Json::Kind::array, where).items) {
    const std::string& found = member(item, "name", Json::Kind::string, where + ": variants").string;
    if (!known.insert(found).second) {
      throw InputError(where + ": expected distinct variants, got " + json_string(found) + " twice");
    }
    if (found == name) variant = &item;
    listed += (listed.empty() ? "" : ", ") + found;
  }
  if (variant == nullptr) throw InputError(where + ": no variant '" + name + "'; it has " + listed);
  return *variant;
}

// Read what the manifest says about a variant. The file's sha256 is not checked: `roadgrip verify` does that.
inline Bundle open_bundle(const std::filesystem::path& folder, const std::string& variant_name) {
  const std::filesystem::path path = folder / "manifest.json";
  const std::string where = path.string();
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) throw InputError(where + ": expected a bundle's manifest (" + error.message() + ")");
  if (size > kMaxManifestBytes) {
    throw InputError(where + ": expected at most " + std::to_string(kMaxManifestBytes) + " bytes, got " +
                     std::to_string(size));
  }
  const std::vector<char> text = read_exactly(path, size, "a manifest");
  const Json manifest = JsonReader::read({text.data(), text.size()}, where);
  if (member(manifest, "kind", Json::Kind::string, where).string != "bundle") {
    throw InputError(where + ": expected a bundle's manifest, got another kind of artifact");
  }
  const double version = member(manifest, "schema_version", Json::Kind::number, where).number;
  if (version != kSchemaVersion) {
    throw InputError(where + ": expected schema_version " + std::to_string(kSchemaVersion) + ", got " +
                     json_number(version, 17));
  }
  const Json& variant = find_variant(manifest, variant_name, where);
  const std::string what = where + ": variant '" + variant_name + "'";
  const Json& file = member(variant, "file", Json::Kind::object, what);

  Bundle bundle;
  bundle.classes = class_names(member(manifest, "classes", Json::Kind::array, where), where);
  bundle.preprocessing = member(manifest, "preprocessing", Json::Kind::object, where);
  const std::string spec = where + ": preprocessing";
  bundle.height = static_cast<std::size_t>(count(bundle.preprocessing, "height", kMaxSide, spec));
  bundle.width = static_cast<std::size_t>(count(bundle.preprocessing, "width", kMaxSide, spec));
  const std::string& color = member(bundle.preprocessing, "color", Json::Kind::string, spec).string;
  if (color != "rgb" && color != "bgr") {
    throw InputError(spec + ": expected color 'rgb' or 'bgr', got " + json_string(color));
  }
  bundle.bgr = color == "bgr";
  bundle.graph_path = inside(folder, member(file, "path", Json::Kind::string, what).string);
  bundle.graph_bytes = count(file, "size_bytes", kMaxGraphBytes, what);
  bundle.temperature = member(variant, "temperature", Json::Kind::number, what).number;
  if (bundle.temperature < kMinTemperature || bundle.temperature > kMaxTemperature) {
    throw InputError(what + ": expected a temperature in " + json_number(kMinTemperature, 3) + ".." +
                     json_number(kMaxTemperature, 3) + ", got " + json_number(bundle.temperature, 6));
  }
  const Json& thresholds = member(variant, "ood_thresholds", Json::Kind::object, what);
  bundle.ood_threshold = member(thresholds, kKeptShare, Json::Kind::number, what + ": ood_thresholds").number;
  if (bundle.ood_threshold < 0) {
    throw InputError(what + ": expected a distance of 0 or more as out-of-distribution threshold, got " +
                     json_number(bundle.ood_threshold, 17));
  }
  return bundle;
}

// Exchange the first and the third channel of every pixel: RGB to BGR, or back.
inline void swap_channels(std::vector<char>& pixels) {
  for (std::size_t i = 0; i + 2 < pixels.size(); i += 3) std::swap(pixels[i], pixels[i + 2]);
}

// Return softmax(logits / temperature), computed in double; logits are finite and at least one.
inline std::vector<double> softmax(const std::vector<float>& logits, double temperature) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  std::vector<double> out;
  double sum = 0.0;
  for (const float logit : logits) {
    out.push_back(std::exp((static_cast<double>(logit) - largest) / temperature));
    sum += out.back();
  }
  for (double& value : out) value /= sum;
  return out;
}

// Name the most probable class, the first one among equals; distances are to the class centres, at least one.
inline Answer decide(const Bundle& bundle, const std::vector<float>& logits, const std::vector<float>& distances) {
  Answer answer;
  answer.probabilities = softmax(logits, bundle.temperature);
  const auto best = std::max_element(answer.probabilities.begin(), answer.probabilities.end());
  answer.confidence = *best;
  answer.label = bundle.classes[static_cast<std::size_t>(best - answer.probabilities.begin())];
  answer.distance = *std::min_element(distances.begin(), distances.end());
  answer.in_distribution = answer.distance <= bundle.ood_threshold;
  return answer;
}

// Write the answer as one line of JSON with the names that `roadgrip predict` uses.
inline std::string to_json(const Bundle& bundle, const Answer& answer) {
  constexpr int kDigits = 9;  // enough to tell any two floats apart
  std::string out = "{\"label\": " + json_string(answer.label) +
                    ", \"confidence\": " + json_number(answer.confidence, kDigits) + ", \"probabilities\": {";
  for (std::size_t i = 0; i < bundle.classes.size(); ++i) {
    if (i > 0) out += ", ";
    out += json_string(bundle.classes[i]) + ": " + json_number(answer.probabilities[i], kDigits);
  }
  return out + "}, \"distance\": " + json_number(answer.distance, kDigits) +
         ", \"in_distribution\": " + (answer.in_distribution ? "true" : "false") + "}";
}

}  // namespace roadgrip
