// Read and write JSON: strict (RFC 8259 in UTF-8, no comments, no NaN), bounded in depth, no key twice in an object.
//
// Small enough to read in one sitting, so that a vehicle program needs no JSON library to read a bundle's manifest.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <locale>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "utf8.hpp"

namespace roadgrip {

// Wrong input: what was expected, what came. Ends the program with exit code 2.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Json {
  enum class Kind { null, boolean, number, string, array, object };

  Kind kind = Kind::null;
  bool boolean = false;
  double number = 0.0;
  std::string string;
  std::vector<Json> items;                            // of an array
  std::vector<std::pair<std::string, Json>> members;  // of an object, in the file's order, keys distinct

  // Return an object's member, or nullptr where there is none.
  const Json* find(std::string_view key) const {
    for (const auto& [name, value] : members) {
      if (name == key) return &value;
    }
    return nullptr;
  }
};

// Compare values; the order of an object's keys says nothing.
inline bool operator==(const Json& left, const Json& right) {
  if (left.kind != right.kind || left.boolean != right.boolean || left.string != right.string ||
      left.number != right.number || left.members.size() != right.members.size()) {
    return false;
  }
  std::map<std::string_view, const Json*> others;  // not `find` for each: a stranger's object may have 90,000 keys
  for (const auto& [name, value] : right.members) others.emplace(name, &value);
  for (const auto& [name, value] : left.members) {
    const auto other = others.find(name);
    if (other == others.end() || !(value == *other->second)) return false;
  }
  return left.items == right.items;
}

// Write a UTF-8 string with its quotes.
inline std::string json_string(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      out += {'\\', letter};
    } else if (code < 0x20) {
      out += {'\\', 'u', '0', '0', kHex[code >> 4], kHex[code & 15]};
    } else {
      out += letter;
    }
  }
  return out + '"';
}

// Write a finite number with a decimal point in every locale.
inline std::string json_number(double value, int digits) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out.precision(digits);
  out << value;
  return out.str();
}

class JsonReader {
 public:
  // Parse a whole text; throws InputError that starts with `label`.
  static Json read(std::string_view text, const std::string& label) {
    JsonReader reader(text, label);
    while (reader.at_ < text.size()) {
      const std::size_t length = utf8_length(text.substr(reader.at_));
      if (length == 0) reader.fail("UTF-8");
      reader.at_ += length;
    }
    reader.at_ = 0;
    Json value = reader.value(0);
    reader.skip_space();
    if (reader.at_ < text.size()) reader.fail("the end");
    return value;
  }

 private:
  static constexpr int kMaxDepth = 32;

  JsonReader(std::string_view text, const std::string& label) : text_(text), label_(label) {}

  [[noreturn]] void fail(const std::string& expected) const {
    throw InputError(label_ + ": expected JSON, but at byte " + std::to_string(at_) + " there is not " + expected);
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool accept(char letter) {
    if (at_ >= text_.size() || text_[at_] != letter) return false;
    ++at_;
    return true;
  }

  void expect(char letter) {
    if (!accept(letter)) fail(std::string("'") + letter + "'");
  }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  bool accept_word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  Json value(int depth) {
    if (depth > kMaxDepth) fail("a value less than " + std::to_string(kMaxDepth) + " levels deep");
    skip_space();
    Json out;
    if (accept('{')) {
      out.kind = Json::Kind::object;
      read_members(out, depth);
    } else if (accept('[')) {
      out.kind = Json::Kind::array;
      read_items(out, depth);
    } else if (peek() == '"') {
      out.kind = Json::Kind::string;
      out.string = read_string();
    } else if (accept_word("true") || accept_word("false")) {
      out.kind = Json::Kind::boolean;
      out.boolean = text_[at_ - 2] == 'u';
    } else if (!accept_word("null")) {
      out.kind = Json::Kind::number;
      out.number = read_number();
    }
    return out;
  }

  void read_members(Json& out, int depth) {
    std::set<std::string> keys;
    skip_space();
    if (accept('}')) return;
    do {
      skip_space();
      std::string key = read_string();
      if (!keys.insert(key).second) fail("a key other than " + json_string(key) + ", which the object has already");
      skip_space();
      expect(':');
      out.members.emplace_back(std::move(key), value(depth + 1));
      skip_space();
    } while (accept(','));
    expect('}');
  }

  void read_items(Json& out, int depth) {
    skip_space();
    if (accept(']')) return;
    do {
      out.items.push_back(value(depth + 1));
      skip_space();
    } while (accept(','));
    expect(']');
  }

  void skip_digits() {
    if (peek() < '0' || peek() > '9') fail("a value");
    while (peek() >= '0' && peek() <= '9') ++at_;
  }

  double read_number() {
    const std::size_t start = at_;
    accept('-');
    if (!accept('0')) skip_digits();
    if (accept('.')) skip_digits();
    if (accept('e') || accept('E')) {
      if (!accept('+')) accept('-');
      skip_digits();
    }
    std::istringstream in{std::string(text_.substr(start, at_ - start))};
    in.imbue(std::locale::classic());
    double number = 0.0;
    in >> number;
    if (in.fail() || !std::isfinite(number)) fail("a number that a double can hold");
    return number;
  }

  std::string read_string() {
    expect('"');
    std::string out;
    while (!accept('"')) {
      if (at_ >= text_.size() || static_cast<unsigned char>(peek()) < 0x20) fail("the rest of a string");
      const char letter = text_[at_++];
      if (letter == '\\') {
        read_escape(out);
      } else {
        out += letter;
      }
    }
    return out;
  }

  void read_escape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
    if (accept('u')) {
      append_utf8(out, read_code_point());
      return;
    }
    const std::size_t which = at_ < text_.size() ? kNames.find(peek()) : std::string_view::npos;
    if (which == std::string_view::npos) fail("a known escape");
    out += kValues[which];
    ++at_;
  }

  std::uint32_t read_code_point() {
    const std::uint32_t first = read_four_digits();
    if (first < 0xD800 || first > 0xDFFF) return first;
    if (first > 0xDBFF || !accept_word("\\u")) fail("a pair of surrogates");
    const std::uint32_t second = read_four_digits();
    if (second < 0xDC00 || second > 0xDFFF) fail("a pair of surrogates");
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
  }

  std::uint32_t read_four_digits() {
    std::uint32_t code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char letter = peek();
      std::uint32_t digit = 0;
      if (letter >= '0' && letter <= '9') {
        digit = static_cast<std::uint32_t>(letter - '0');
      } else if (letter >= 'a' && letter <= 'f') {
        digit = static_cast<std::uint32_t>(letter - 'a' + 10);
      } else if (letter >= 'A' && letter <= 'F') {
        digit = static_cast<std::uint32_t>(letter - 'A' + 10);
      } else {
        fail("four hexadecimal digits");
      }
      code = code * 16 + digit;
    }
    return code;
  }

  static void append_utf8(std::string& out, std::uint32_t code) {
    const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xC0 | (code >> 6));
      tail(0);
    } else if (code < 0x10000) {
      out += static_cast<char>(0xE0 | (code >> 12));
      tail(6);
      tail(0);
    } else {
      out += static_cast<char>(0xF0 | (code >> 18));
      tail(12);
      tail(6);
      tail(0);
    }
  }

  std::string_view text_;
  const std::string& label_;
  std::size_t at_ = 0;
};

}  // namespace roadgrip
