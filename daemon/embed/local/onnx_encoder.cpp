// SPDX-License-Identifier: Apache-2.0
#include "daemon/embed/local/onnx_encoder.h"

#include "daemon/embed/local/onnx_runtime.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

// Numbers of element types, as the interface has them.
constexpr int kFloat = 1, kInt64 = 7;
// Sequences of one run are padded to the longest: no more than this with the padding.
constexpr size_t kPaddedTokensMax = 2048;
constexpr char kIds[] = "input_ids", kMask[] = "attention_mask", kTypes[] = "token_type_ids";
constexpr char kStates[] = "last_hidden_state";

/// Something of the library's that is given back at the end of a block.
struct Owned
{
    void (*release)(void *);
    void *value = nullptr;

    explicit Owned(void (*releaseBy)(void *)) : release(releaseBy) {}
    ~Owned()
    {
        if (value)
            release(value);
    }
    Owned(const Owned &) = delete;
    Owned &operator=(const Owned &) = delete;
};

} // namespace

/// Sequences that are run together, padded with zeros.
struct OnnxEncoder::Batch
{
    const std::vector<std::vector<int32_t>> *sequences = nullptr;
    std::vector<size_t> members;   ///< which of them
    const size_t *rows = nullptr;  ///< of each sequence in the answer: its first
    size_t longest = 0;

    std::vector<int64_t> input(const std::string &name) const
    {
        std::vector<int64_t> out(members.size() * longest, 0);
        for (size_t i = 0; i < members.size() && name != kTypes; ++i) {
            const auto &tokens = (*sequences)[members[i]];
            for (size_t t = 0; t < tokens.size(); ++t)
                out[i * longest + t] = name == kMask ? 1 : tokens[t];
        }
        return out;
    }
};

OnnxEncoder::OnnxEncoder(const OnnxRuntime *runtime, QString file, int64_t hidden)
    : m_runtime(runtime), m_file(std::move(file)), m_hidden(hidden)
{}

OnnxEncoder::~OnnxEncoder()
{
    if (m_session)
        m_runtime->api().releaseSession(m_session);
}

Result<std::unique_ptr<OnnxEncoder>> OnnxEncoder::load(const QString &file, int64_t hidden)
{
    const auto runtime = OnnxRuntime::get();
    if (!runtime)
        return tl::unexpected(runtime.error());
    std::unique_ptr<OnnxEncoder> out(new OnnxEncoder(*runtime, file, hidden));
    Status done = out->open();
    if (done)
        done = out->readNames();
    if (!done)
        return tl::unexpected(done.error());
    // What it gives is known only when it runs.
    if (const auto tried = out->run({{0, 0}, {0}}); !tried)
        return tl::unexpected(tried.error());
    return out;
}

base::Error OnnxEncoder::wrong(const QString &what) const
{
    return fail(Errc::NoModel, QStringLiteral("%1: %2").arg(m_file, what)).value();
}

Status OnnxEncoder::open()
{
    const OnnxApi &api = m_runtime->api();
    Owned options(api.releaseSessionOptions);
    Status done = m_runtime->check(api.createSessionOptions(&options.value), m_file);
    // The daemon's budget of processors is kept by how many texts it gives at once.
    if (done)
        done = m_runtime->check(api.setIntraOpThreads(options.value, 1), m_file);
    if (done)
        done = m_runtime->check(api.setInterOpThreads(options.value, 1), m_file);
    if (done)
        done = m_runtime->check(api.createSession(m_runtime->environment(),
                                                  m_file.toUtf8().constData(), options.value,
                                                  &m_session),
                                m_file);
    return done;
}

Status OnnxEncoder::readNames()
{
    const OnnxApi &api = m_runtime->api();
    const auto read = [&](auto getName, size_t count, std::vector<std::string> &out) -> Status {
        for (size_t i = 0; i < count; ++i) {
            char *name = nullptr;
            const Status done = m_runtime->check(
                getName(m_session, i, m_runtime->allocator(), &name), m_file);
            if (!done)
                return done;
            out.emplace_back(name);
            // Freeing by the default allocator does not fail.
            (void)m_runtime->check(api.allocatorFree(m_runtime->allocator(), name), m_file);
        }
        return {};
    };
    size_t inputs = 0, outputs = 0;
    std::vector<std::string> outputNames;
    Status done = m_runtime->check(api.inputCount(m_session, &inputs), m_file);
    if (done)
        done = m_runtime->check(api.outputCount(m_session, &outputs), m_file);
    if (done)
        done = read(api.inputName, inputs, m_inputs);
    for (size_t i = 0; done && i < m_inputs.size(); ++i)
        done = checkInput(i);
    if (done)
        done = read(api.outputName, outputs, outputNames);
    if (!done)
        return done;
    if (std::find(m_inputs.begin(), m_inputs.end(), kIds) == m_inputs.end() || outputs == 0)
        return tl::unexpected(wrong(QStringLiteral("it is no encoder of tokens: it takes no "
                                                   "input_ids, or gives nothing")));
    const auto states = std::find(outputNames.begin(), outputNames.end(), kStates);
    m_output = states == outputNames.end() ? outputNames.front() : *states;
    return {};
}

Status OnnxEncoder::checkInput(size_t index) const
{
    const std::string &name = m_inputs[index];
    if (name != kIds && name != kMask && name != kTypes)
        return tl::unexpected(wrong(QStringLiteral("it wants an input \"%1\", which a sentence "
                                                   "encoder does not have")
                                        .arg(QString::fromStdString(name))));
    const OnnxApi &api = m_runtime->api();
    Owned type(api.releaseType);
    const void *info = nullptr;
    int elements = 0;
    Status done = m_runtime->check(api.inputType(m_session, index, &type.value), m_file);
    if (done)
        done = m_runtime->check(api.tensorInfoOfType(type.value, &info), m_file);
    if (done && info)
        done = m_runtime->check(api.elementType(info, &elements), m_file);
    if (done && elements != kInt64)
        return tl::unexpected(wrong(QStringLiteral("its input \"%1\" is not of int64")
                                        .arg(QString::fromStdString(name))));
    return done;
}

Result<std::vector<float>> OnnxEncoder::run(
    const std::vector<std::vector<int32_t>> &sequences) const
{
    std::vector<size_t> order(sequences.size()), rows(sequences.size());
    std::iota(order.begin(), order.end(), size_t(0));
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        return sequences[a].size() > sequences[b].size();
    });
    size_t tokens = 0;
    for (size_t s = 0; s < sequences.size(); ++s) {
        rows[s] = tokens;
        tokens += sequences[s].size();
    }
    std::vector<float> out(tokens * size_t(m_hidden));
    for (size_t next = 0; next < order.size();) {
        Batch batch{&sequences, {}, rows.data(), sequences[order[next]].size()};
        const size_t most = std::max<size_t>(1, kPaddedTokensMax / batch.longest);
        while (next < order.size() && batch.members.size() < most)
            batch.members.push_back(order[next++]);
        if (const Status done = runBatch(batch, out); !done)
            return tl::unexpected(done.error());
    }
    return out;
}

Status OnnxEncoder::runBatch(const Batch &batch, std::vector<float> &out) const
{
    const OnnxApi &api = m_runtime->api();
    const int64_t shape[] = {int64_t(batch.members.size()), int64_t(batch.longest)};
    std::vector<std::vector<int64_t>> elements;
    std::vector<std::unique_ptr<Owned>> tensors;
    std::vector<const void *> inputs;
    std::vector<const char *> names;
    for (const std::string &name : m_inputs) {
        auto &values = elements.emplace_back(batch.input(name));
        auto &tensor = tensors.emplace_back(std::make_unique<Owned>(api.releaseValue));
        const Status made = m_runtime->check(
            api.createTensor(m_runtime->cpuMemory(), values.data(),
                             values.size() * sizeof(int64_t), shape, 2, kInt64, &tensor->value),
            m_file);
        if (!made)
            return made;
        inputs.push_back(tensor->value);
        names.push_back(name.c_str());
    }
    const char *const outputName = m_output.c_str();
    Owned output(api.releaseValue);
    const Status ran = m_runtime->check(api.run(m_session, nullptr, names.data(), inputs.data(),
                                                inputs.size(), &outputName, 1, &output.value),
                                        m_file);
    return ran ? copyStates(batch, output.value, out) : ran;
}

Status OnnxEncoder::copyStates(const Batch &batch, void *value, std::vector<float> &out) const
{
    const OnnxApi &api = m_runtime->api();
    Owned info(api.releaseTensorInfo);
    int type = 0;
    size_t count = 0;
    void *data = nullptr;
    Status done = m_runtime->check(api.tensorInfoOfValue(value, &info.value), m_file);
    if (done)
        done = m_runtime->check(api.elementType(info.value, &type), m_file);
    if (done)
        done = m_runtime->check(api.dimensionCount(info.value, &count), m_file);
    std::vector<int64_t> shape(count);
    if (done)
        done = m_runtime->check(api.dimensions(info.value, shape.data(), count), m_file);
    if (done)
        done = m_runtime->check(api.tensorData(value, &data), m_file);
    if (!done)
        return done;
    const std::vector<int64_t> wanted = {int64_t(batch.members.size()), int64_t(batch.longest),
                                         m_hidden};
    if (type != kFloat || shape != wanted)
        return tl::unexpected(wrong(QStringLiteral("\"%1\" is not a state of %2 floats for each "
                                                   "token, as config.json has it")
                                        .arg(QString::fromStdString(m_output))
                                        .arg(m_hidden)));
    const float *states = static_cast<const float *>(data);
    const size_t hidden = size_t(m_hidden);
    for (const size_t member : batch.members) {
        const size_t numbers = (*batch.sequences)[member].size() * hidden;
        if (!std::all_of(states, states + numbers, [](float x) { return std::isfinite(x); }))
            return tl::unexpected(wrong(QStringLiteral("it gives what is no number")));
        std::copy_n(states, numbers, out.begin() + ptrdiff_t(batch.rows[member] * hidden));
        states += batch.longest * hidden;
    }
    return {};
}

} // namespace vexfs::daemon
