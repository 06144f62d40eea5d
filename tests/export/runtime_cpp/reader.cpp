// Show what export/runtime_cpp's headers make of a file, so that Python can compare.
//
//   reader json - FILE...             the value, written again
//   reader equal FILE FILE...         whether the value is the first file's
//   reader bundle VARIANT FOLDER...   what open_bundle read
//   reader graph - FILE...            "whole" for an ONNX file that holds all of its weights
//   reader softmax T LOGITS...        softmax(logits / T), each word a list of numbers
//
// Prints a line for each file, folder or list: what was read, or "refused: " and why.
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "bundle.hpp"
#include "external_data.hpp"

namespace {

using roadgrip::Json;

std::string write(const Json& value) {
  switch (value.kind) {
    case Json::Kind::null:
      return "null";
    case Json::Kind::boolean:
      return value.boolean ? "true" : "false";
    case Json::Kind::number:
      return roadgrip::json_number(value.number, 17);
    case Json::Kind::string:
      return roadgrip::json_string(value.string);
    default:
      break;
  }
  const bool is_array = value.kind == Json::Kind::array;
  std::string out;
  for (const Json& item : value.items) out += (out.empty() ? "" : ",") + write(item);
  for (const auto& [key, item] : value.members) {
    out += (out.empty() ? "" : ",") + roadgrip::json_string(key) + ":" + write(item);
  }
  return (is_array ? "[" : "{") + out + (is_array ? "]" : "}");
}

Json read_json(const std::string& path) {
  const std::vector<char> text = roadgrip::read_exactly(path, std::filesystem::file_size(path), "JSON");
  return roadgrip::JsonReader::read({text.data(), text.size()}, path);
}

void show_json(const std::string& path) {
  const Json value = read_json(path);
  if (!(value == value)) throw std::logic_error("a value does not equal itself");
  std::cout << write(value);
}

void show_bundle(const std::string& folder, const std::string& variant) {
  const roadgrip::Bundle bundle = roadgrip::open_bundle(folder, variant);
  std::cout << roadgrip::json_string(bundle.graph_path.string()) << ' ' << bundle.graph_bytes << ' ' << bundle.height
            << ' ' << bundle.width << ' ' << bundle.bgr << ' ' << roadgrip::json_number(bundle.temperature, 17) << ' '
            << roadgrip::json_number(bundle.ood_threshold, 17);
  for (const std::string& name : bundle.classes) std::cout << ' ' << name;
}

void show_graph(const std::string& path) {
  const std::vector<char> graph = roadgrip::read_exactly(path, std::filesystem::file_size(path), "a graph");
  roadgrip::refuse_external_data({graph.data(), graph.size()}, path);
  std::cout << "whole";
}

void show_softmax(const std::string& logits, double temperature) {
  std::istringstream in(logits);
  const std::vector<float> values{std::istream_iterator<float>(in), {}};
  for (const double value : roadgrip::softmax(values, temperature)) std::cout << roadgrip::json_number(value, 17) << ' ';
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  for (std::size_t i = 2; i < words.size(); ++i) {
    try {
      if (words[0] == "json") show_json(words[i]);
      if (words[0] == "equal") std::cout << (read_json(words[1]) == read_json(words[i]) ? "equal" : "different");
      if (words[0] == "bundle") show_bundle(words[i], words[1]);
      if (words[0] == "graph") show_graph(words[i]);
      if (words[0] == "softmax") show_softmax(words[i], std::stod(words[1]));
    } catch (const roadgrip::InputError& error) {
      std::cout << "refused: " << error.what();
    }
    std::cout << '\n';
  }
  return 0;
}
