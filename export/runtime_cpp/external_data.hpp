// Refuse an ONNX file whose weights lie in another file, before ONNX Runtime sees it.
//
// ONNX Runtime looks for such a file in the working directory when a graph comes as bytes (seen in 1.31), and no hash of
// the manifest covers it. So every tensor is visited, also in attributes, subgraphs, functions and what training left.
// Does what export/runtime/external_data.py does; a test compares the two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json.hpp"

namespace roadgrip {

// The messages of onnx.proto that lead to a tensor.
enum class Message { model, training, graph, function, node, attribute, sparse, tensor, other };

// Return what a field of a message holds, `other` where no tensor can be below it.
inline Message child(Message message, std::uint64_t field) {
  switch (message) {
    case Message::model:
      return field == 7    ? Message::graph
             : field == 20 ? Message::training
             : field == 25 ? Message::function
                           : Message::other;
    case Message::training:
      return field == 1 || field == 2 ? Message::graph : Message::other;
    case Message::graph:
      return field == 1 ? Message::node : field == 5 ? Message::tensor : field == 15 ? Message::sparse : Message::other;
    case Message::function:
      return field == 7 ? Message::node : field == 11 ? Message::attribute : Message::other;
    case Message::node:
      return field == 5 ? Message::attribute : Message::other;
    case Message::attribute:
      return field == 5 || field == 10    ? Message::tensor
             : field == 6 || field == 11  ? Message::graph
             : field == 22 || field == 23 ? Message::sparse
                                          : Message::other;
    case Message::sparse:
      return field == 1 || field == 2 ? Message::tensor : Message::other;
    default:
      return Message::other;
  }
}

// Walk the fields of a protocol-buffers message, strictly: groups, which onnx.proto has none of, are an error.
class FieldReader {
 public:
  FieldReader(std::string_view message, const std::string& label) : message_(message), label_(label) {}

  std::uint64_t number = 0;  // of the field that `next` found
  bool is_bytes = false;     // whether it holds bytes, or an integer
  std::uint64_t integer = 0;
  std::string_view bytes;

  // Step to the next field that is an integer or bytes; numbers of fixed width are skipped.
  bool next() {
    while (at_ < message_.size()) {
      const std::uint64_t key = varint();
      number = key >> 3;
      if (number == 0 || key > 0xFFFFFFFFu) fail();
      switch (key & 7) {
        case 0:
          is_bytes = false;
          integer = varint();
          return true;
        case 1:
          take(8);
          break;
        case 2:
          is_bytes = true;
          bytes = take(varint());
          return true;
        case 5:
          take(4);
          break;
        default:
          fail();
      }
    }
    return false;
  }

 private:
  [[noreturn]] void fail() const {
    throw InputError(label_ + ": expected an ONNX file, but it cannot be read as one");
  }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 70 && at_ < message_.size(); shift += 7) {
      const auto byte = static_cast<unsigned char>(message_[at_++]);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (shift == 63 && byte > 1) fail();  // more than 64 bits
      if (byte < 0x80) return value;
    }
    fail();
  }

  std::string_view take(std::uint64_t size) {
    if (size > message_.size() - at_) fail();
    const std::string_view out = message_.substr(at_, static_cast<std::size_t>(size));
    at_ += out.size();
    return out;
  }

  std::string_view message_;
  const std::string& label_;
  std::size_t at_ = 0;
};

// Throw InputError unless all of a graph's tensors hold their values; `graph` is an ONNX file's bytes.
inline void refuse_external_data(std::string_view graph, const std::string& label) {
  constexpr int kMaxLevels = 100;  // as in protobuf itself; a graph within a graph takes three
  constexpr std::uint64_t kExternalData = 13, kDataLocation = 14;  // of TensorProto
  struct Waiting {
    Message kind;
    std::string_view message;
    int level;
  };
  std::vector<Waiting> waiting = {{Message::model, graph, 1}};
  while (!waiting.empty()) {
    const Waiting now = waiting.back();
    waiting.pop_back();
    if (now.level > kMaxLevels) {
      throw InputError(label + ": expected an ONNX file of at most " + std::to_string(kMaxLevels) +
                       " levels, it is nested deeper");
    }
    FieldReader field(now.message, label);
    while (field.next()) {
      if (now.kind == Message::tensor) {
        if (field.number == kExternalData ||
            (field.number == kDataLocation && (field.is_bytes || field.integer != 0))) {
          throw InputError(label + ": expected every weight inside the graph's own file, got one that lies in "
                           "another file, which nothing guards; export the bundle again");
        }
      } else if (field.is_bytes && child(now.kind, field.number) != Message::other) {
        waiting.push_back({child(now.kind, field.number), field.bytes, now.level + 1});
      }
    }
  }
}

}  // namespace roadgrip
