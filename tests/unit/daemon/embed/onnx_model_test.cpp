// SPDX-License-Identifier: Apache-2.0
//
// Goal: a folder that holds its weights as ONNX only gives the vectors that its network defines
// where the system has ONNX Runtime, and elsewhere says what it takes; what is no sentence encoder
// is refused with the reason. Method: a tiny model that the test writes. Debian 12 has no ONNX
// Runtime: with the folder of its library in LD_LIBRARY_PATH models are run, and without it each
// test holds what is said of that to its words.
#include "daemon/embed/local/local_embedder.h"
#include "daemon/embed/local/onnx_runtime.h"
#include "tests/support/model/tiny_model.h"
#include "tests/support/model/tiny_onnx.h"

#include <QTemporaryDir>

#include <cmath>

using namespace vexfs;
using namespace vexfs::daemon;
using namespace vexfs::test;
using vexfs::base::Errc;

namespace {

class OnnxModel : public testing::Test
{
protected:
    void SetUp() override
    {
        writeTinyModel(m_folder, TinyModel());
        ASSERT_TRUE(QFile::remove(m_folder + u"/model.safetensors"_s));
        m_model.hidden = kHidden;
        for (int i = 0; i < kPieces.size() * kHidden; ++i)
            m_model.words.push_back(float(std::sin(i * 0.7)));
        for (int i = 0; i < 2 * kHidden; ++i)
            m_model.types.push_back(i < kHidden ? 0.25F : 100.0F);
        write();
    }

    void write() { writeFile(m_folder + u"/onnx/model.onnx"_s, m_model.file()); }

    bool isMissing() const
    {
        if (!OnnxRuntime::candidates().isEmpty())
            return false;
        EXPECT_TRUE(refusal().contains(u"takes ONNX Runtime (not found); install libonnxruntime"_s))
            << refusal().toStdString();
        return true;
    }

    QString refusal() const
    {
        const auto opened = LocalEmbedder::open(m_folder);
        if (opened)
            return u"opened"_s;
        EXPECT_EQ(opened.error().code, Errc::NoModel);
        return opened.error().what;
    }

    void expectNear(const std::vector<float> &got, const std::vector<int32_t> &tokens) const
    {
        const auto states = m_model.states(tokens);
        std::vector<double> wanted(kHidden);
        for (size_t i = 0; i < states.size(); ++i)
            wanted[i % kHidden] += states[i];
        double square = 0;
        for (const double x : wanted)
            square += x * x;
        ASSERT_EQ(got.size(), wanted.size());
        for (size_t i = 0; i < got.size(); ++i)
            EXPECT_NEAR(double(got[i]), wanted[i] / std::sqrt(square), 3e-6) << i;
    }

    QTemporaryDir m_place;
    QString m_folder = m_place.filePath(u"tiny"_s);
    TinyOnnx m_model;
};

TEST_F(OnnxModel, RunsTextsOfAnyLengthsTogether)
{
    if (isMissing())
        return;
    const auto model = LocalEmbedder::open(m_folder);
    ASSERT_TRUE(model) << model.error().what.toStdString();
    EXPECT_EQ((*model)->dimension(), uint32_t(kHidden));
    const auto vectors = *(*model)->embed({"rental", "the unaffable", "", "the the naive rental"},
                                          EmbedPurpose::Passage);
    ASSERT_EQ(vectors.size(), 4);
    expectNear(vectors[0], {2, 15, 16, 3});
    expectNear(vectors[1], {2, 14, 4, 5, 6, 3});
    EXPECT_EQ(vectors[2], std::vector<float>(kHidden));
    expectNear(vectors[3], {2, 14, 14, 7, 15, 16, 3});
    // More than go through the network at once.
    const auto many = *(*model)->embed(QVector<std::string_view>(2000, "the rental"),
                                       EmbedPurpose::Passage);
    expectNear(many.front(), {2, 14, 15, 16, 3});
    expectNear(many.back(), {2, 14, 15, 16, 3});
}

TEST_F(OnnxModel, IsKnownByItsWeights)
{
    if (isMissing())
        return;
    const auto before = LocalEmbedder::open(m_folder);
    m_model.words[0] += 1.0F;
    write();
    const auto after = LocalEmbedder::open(m_folder);
    ASSERT_TRUE(before && after);
    EXPECT_NE((*before)->id(), (*after)->id());
    const auto info = LocalEmbedder::describe(m_folder);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->hidden, kHidden);
    EXPECT_EQ(info->bytes, uint64_t(m_model.file().size()));
}

TEST_F(OnnxModel, WhatIsNoSentenceEncoderIsNotRun)
{
    if (isMissing())
        return;
    const auto refuses = [&](const char *why) {
        write();
        EXPECT_TRUE(refusal().contains(QLatin1String(why))) << refusal().toStdString();
    };
    TinyOnnx good = m_model;
    m_model.idsName = "pixel_values";
    refuses("it wants an input \"pixel_values\"");
    m_model = good;
    m_model.idsType = TinyOnnx::kInt32;
    refuses("its input \"input_ids\" is not of int64");
    m_model = good;
    m_model.hidden = kHidden / 2;
    refuses("\"last_hidden_state\" is not a state of 8 floats");
    m_model = good;
    m_model.words.back() = NAN;
    write();
    const auto model = LocalEmbedder::open(m_folder);
    ASSERT_TRUE(model) << model.error().what.toStdString();
    const auto vectors = (*model)->embed({":"}, EmbedPurpose::Query);
    ASSERT_FALSE(vectors);
    EXPECT_TRUE(vectors.error().what.contains(u"no number"_s));
    for (const QByteArray &bytes :
         {QByteArray(), QByteArray("\x08\x07onnx"), good.file().chopped(40)}) {
        writeFile(m_folder + u"/onnx/model.onnx"_s, bytes);
        EXPECT_TRUE(refusal().contains(u"onnx/model.onnx: "_s)) << refusal().toStdString();
    }
    writeFile(m_folder + u"/config.json"_s, R"({"model_type": "distilbert", "dim": 8})");
    EXPECT_TRUE(refusal().contains(u"lacks the sizes"_s)) << refusal().toStdString();
}

} // namespace
