// Classify one raw picture with one variant of a bundle, through ONNX Runtime's C++ API.
//
//   roadgrip_predict BUNDLE VARIANT PICTURE [--color rgb|bgr] [--threads N]
//
// PICTURE holds height * width * 3 bytes at the model's own size, row by row, without a header; nothing is resized.
// Prints one line of JSON. Exit codes: 0; 1 for a failure while computing; 2 for wrong input, with one line on stderr.
#define ORT_API_MANUAL_INIT  // so that a library older than the headers is an error message, not a crash
#include <onnxruntime_cxx_api.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bundle.hpp"
#include "external_data.hpp"

namespace {

using roadgrip::Bundle;
using roadgrip::InputError;

constexpr const char* kUsage = "roadgrip_predict BUNDLE VARIANT PICTURE [--color rgb|bgr] [--threads N]";
constexpr int kMaxThreads = 1024;

struct Options {
  std::string bundle;
  std::string variant;
  std::string picture;
  bool bgr = false;  // the order of the picture's channels
  int threads = 1;
};

Options parse(const std::vector<std::string>& arguments) {
  Options options;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument.rfind("--", 0) != 0) {
      names.push_back(argument);
      continue;
    }
    const std::string value = ++i < arguments.size() ? arguments[i] : "";
    if (argument == "--color" && (value == "rgb" || value == "bgr")) {
      options.bgr = value == "bgr";
    } else if (argument == "--threads") {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), options.threads);
      if (error != std::errc() || end != value.data() + value.size() || options.threads < 1 ||
          options.threads > kMaxThreads) {
        throw InputError("--threads: expected a whole number in 1.." + std::to_string(kMaxThreads) + ", got '" +
                         value + "'");
      }
    } else {
      throw InputError("cannot use '" + argument + " " + value + "'; usage: " + kUsage);
    }
  }
  if (names.size() != 3) throw InputError(std::string("usage: ") + kUsage);
  options.bundle = names[0];
  options.variant = names[1];
  options.picture = names[2];
  return options;
}

// An opened graph. Keep one for the life of the program: opening takes long, and `run` may be called by any thread.
class Classifier {
 public:
  Classifier(const Bundle& bundle, int threads)
      : bundle_(bundle), environment_(ORT_LOGGING_LEVEL_FATAL, "roadgrip"), session_(open(threads)) {
    const std::string label = bundle_.graph_path.string();
    check_metadata(label);
    check_input(label);
    check_outputs(label);
  }

  // Classify a picture of height * width * 3 bytes in the graph's own channel order.
  roadgrip::Answer run(std::vector<char>& pixels) const {
    const std::array<std::int64_t, 4> shape = {1, static_cast<std::int64_t>(bundle_.height),
                                               static_cast<std::int64_t>(bundle_.width), 3};
    const Ort::MemoryInfo memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    const Ort::Value input = Ort::Value::CreateTensor(memory, pixels.data(), pixels.size(), shape.data(), shape.size(),
                                                      ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8);
    const char* input_name = input_name_.c_str();
    const std::array<const char*, 2> output_names = {"logits", "centroid_distance"};
    const std::vector<Ort::Value> outputs = session_.Run(Ort::RunOptions{nullptr}, &input_name, &input, 1,
                                                         output_names.data(), output_names.size());
    const std::vector<float> logits = row(outputs[0], "logits");
    return roadgrip::decide(bundle_, logits, row(outputs[1], "centroid_distance"));
  }

 private:
  // Open the graph from bytes that hold every weight, so that nothing else is read.
  Ort::Session open(int threads) const {
    const std::vector<char> graph =
        roadgrip::read_exactly(bundle_.graph_path, bundle_.graph_bytes, "the manifest's graph");
    roadgrip::refuse_external_data({graph.data(), graph.size()}, bundle_.graph_path.string());
    Ort::SessionOptions options;
    options.SetIntraOpNumThreads(threads);
    options.SetInterOpNumThreads(1);
    options.AddConfigEntry("session.force_spinning_stop", "1");
    options.AddConfigEntry("session.load_model_format", "ONNX");  // its own format was not looked through above
    try {
      return Ort::Session(environment_, graph.data(), graph.size(), options);
    } catch (const Ort::Exception& error) {
      throw InputError(bundle_.graph_path.string() + ": ONNX Runtime cannot open it (" + error.what() + ")");
    }
  }

  void check_metadata(const std::string& label) const {
    const std::vector<std::string> classes =
        roadgrip::class_names(metadata("roadgrip.classes", label), label + ": roadgrip.classes");
    if (classes != bundle_.classes) throw InputError(label + ": the graph's classes are not the manifest's");
    if (!(metadata("roadgrip.preprocessing", label) == bundle_.preprocessing)) {
      throw InputError(label + ": the graph's preprocessing is not the manifest's");
    }
  }

  roadgrip::Json metadata(const char* key, const std::string& label) const {
    Ort::AllocatorWithDefaultOptions allocator;
    const auto text = session_.GetModelMetadata().LookupCustomMetadataMapAllocated(key, allocator);
    if (!text) throw InputError(label + ": expected the metadata key " + key + "; is it a Roadgrip graph?");
    return roadgrip::JsonReader::read(text.get(), label + ": " + key);
  }

  void check_input(const std::string& label) {
    const auto wanted = [this](const std::vector<std::int64_t>& shape) {
      return shape.size() == 4 && (shape[0] == 1 || shape[0] == -1) &&
             shape[1] == static_cast<std::int64_t>(bundle_.height) &&
             shape[2] == static_cast<std::int64_t>(bundle_.width) && shape[3] == 3;
    };
    if (session_.GetInputCount() != 1 ||
        !is_tensor(session_.GetInputTypeInfo(0), ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8, wanted)) {
      throw InputError(label + ": expected one uint8 input (1 or free, " + std::to_string(bundle_.height) + ", " +
                       std::to_string(bundle_.width) + ", 3)");
    }
    Ort::AllocatorWithDefaultOptions allocator;
    input_name_ = session_.GetInputNameAllocated(0, allocator).get();
  }

  void check_outputs(const std::string& label) const {
    const auto wanted = [this](const std::vector<std::int64_t>& shape) {
      return shape.size() == 2 && (shape[1] == -1 || shape[1] == static_cast<std::int64_t>(bundle_.classes.size()));
    };
    Ort::AllocatorWithDefaultOptions allocator;
    for (const char* name : {"logits", "centroid_distance"}) {
      std::size_t i = 0;
      while (i < session_.GetOutputCount() &&
             std::string_view(session_.GetOutputNameAllocated(i, allocator).get()) != name) {
        ++i;
      }
      if (i == session_.GetOutputCount()) {
        throw InputError(label + ": expected an output '" + std::string(name) + "'");
      }
      if (!is_tensor(session_.GetOutputTypeInfo(i), ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, wanted)) {
        throw InputError(label + ": expected the output '" + std::string(name) + "' as float (B, " +
                         std::to_string(bundle_.classes.size()) + ")");
      }
    }
  }

  template <typename Predicate>
  static bool is_tensor(const Ort::TypeInfo& info, ONNXTensorElementDataType type, Predicate wanted) {
    if (info.GetONNXType() != ONNX_TYPE_TENSOR) return false;
    const auto tensor = info.GetTensorTypeAndShapeInfo();
    return tensor.GetElementType() == type && wanted(tensor.GetShape());
  }

  // Return the one row of an output, which must hold a finite value for each class.
  std::vector<float> row(const Ort::Value& output, const std::string& name) const {
    const std::size_t values = output.GetTensorTypeAndShapeInfo().GetElementCount();
    if (values != bundle_.classes.size()) {
      throw std::runtime_error("the graph gave " + std::to_string(values) + " values as " + name + ", expected " +
                               std::to_string(bundle_.classes.size()));
    }
    const float* data = output.GetTensorData<float>();
    for (std::size_t i = 0; i < values; ++i) {
      if (!std::isfinite(data[i])) throw std::runtime_error("the graph gave " + name + " that are not finite");
    }
    return {data, data + values};
  }

  Bundle bundle_;
  Ort::Env environment_;
  mutable Ort::Session session_;  // ONNX Runtime's Run is safe for several threads, but is not declared const
  std::string input_name_;
};

void predict(const Options& options) {
  const OrtApi* api = OrtGetApiBase()->GetApi(ORT_API_VERSION);
  if (api == nullptr) {
    throw std::runtime_error(std::string("ONNX Runtime ") + OrtGetApiBase()->GetVersionString() +
                             " is older than the headers (1." + std::to_string(ORT_API_VERSION) +
                             ") that this program was built with");
  }
  Ort::InitApi(api);
  const Bundle bundle = roadgrip::open_bundle(options.bundle, options.variant);
  std::vector<char> pixels = roadgrip::read_exactly(
      options.picture, std::uintmax_t{3} * bundle.height * bundle.width,
      "a raw picture (" + std::to_string(bundle.height) + ", " + std::to_string(bundle.width) + ", 3)");
  if (options.bgr != bundle.bgr) roadgrip::swap_channels(pixels);
  const Classifier classifier(bundle, options.threads);
  std::cout << roadgrip::to_json(bundle, classifier.run(pixels)) << std::endl;
  if (!std::cout) throw std::runtime_error("cannot write the answer");
}

// Print an error as one line, whatever ONNX Runtime's message holds.
int report(std::string_view message, int exit_code) {
  constexpr std::size_t kMost = 400;
  std::string line(message.substr(0, kMost));
  for (char& letter : line) {
    if (static_cast<unsigned char>(letter) < 0x20) letter = ' ';
  }
  std::cerr << "error: " << line << (message.size() > kMost ? "..." : "") << std::endl;
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    predict(parse(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc)));
    return EXIT_SUCCESS;
  } catch (const InputError& error) {
    return report(error.what(), 2);
  } catch (const std::exception& error) {
    return report(error.what(), 1);
  }
}
