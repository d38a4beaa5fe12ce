// SPDX-License-Identifier: Apache-2.0
//
// Goal: a published sentence encoder gives the vectors that its network defines, and a folder that
// holds none, or a damaged one, is refused with what is wrong. Method: a tiny model, written by the
// test in the published layout, and the same network in plain loops of double; damaged files.
#include "daemon/embed/local/local_embedder.h"
#include "daemon/embed/local/onnx_runtime.h"
#include "daemon/embed/local/safetensors.h"
#include "daemon/embed/model_choice.h"
#include "tests/support/model/tiny_model.h"

#include <QTemporaryDir>

#include <chrono>
#include <cstring>
#include <thread>

using namespace vexfs;
using namespace vexfs::daemon;
using namespace vexfs::test;
using vexfs::base::Errc;

namespace {

class LocalModel : public testing::Test
{
protected:
    void SetUp() override
    {
        m_folder = m_place.filePath(u"tiny model"_s);
        writeTinyModel(m_folder, m_model);
    }

    base::Error refusal() const
    {
        const auto opened = LocalEmbedder::open(m_folder);
        EXPECT_FALSE(opened);
        return opened ? base::Error() : opened.error();
    }

    std::vector<double> expected(const std::vector<int32_t> &tokens, bool isMean) const
    {
        const auto states = m_model.states(tokens);
        std::vector<double> out(kHidden);
        for (size_t t = 0; t < (isMean ? tokens.size() : 1); ++t) {
            for (size_t i = 0; i < kHidden; ++i)
                out[i] += states[t * kHidden + i];
        }
        double square = 0;
        for (const double x : out)
            square += x * x;
        for (double &x : out)
            x /= std::sqrt(square);
        return out;
    }

    static void expectNear(const std::vector<float> &got, const std::vector<double> &wanted)
    {
        ASSERT_EQ(got.size(), wanted.size());
        for (size_t i = 0; i < got.size(); ++i)
            EXPECT_NEAR(double(got[i]), wanted[i], 3e-6) << i;
    }

    QTemporaryDir m_place;
    QString m_folder;
    TinyModel m_model;
};

TEST(WordPiece, CutsAsThePublishedTokenizersDo)
{
    std::unordered_map<std::string, int32_t> vocabulary;
    for (qsizetype i = 0; i < kPieces.size(); ++i)
        vocabulary.emplace(kPieces[i].toStdString(), int32_t(i));
    const auto pieces = WordPiece::make(vocabulary, {});
    ASSERT_TRUE(pieces);
    using Tokens = std::vector<int32_t>;
    EXPECT_EQ(pieces->encode("UNaffable", 16), (Tokens{2, 4, 5, 6, 3}));
    EXPECT_EQ(pieces->encode("na\xc3\xafve", 16), (Tokens{2, 7, 3}))
        << "folded, without its accent";
    EXPECT_EQ(pieces->encode(" don't\n", 16), (Tokens{2, 1, 10, 11, 3})) << "don is no piece";
    EXPECT_EQ(pieces->encode("do n't", 16), (Tokens{2, 8, 9, 10, 11, 3}));
    EXPECT_EQ(pieces->encode("\xe6\x9d\xb1\xe4\xba\xac", 16), (Tokens{2, 12, 13, 3}));
    EXPECT_EQ(pieces->encode("", 16), (Tokens{2, 3}));
    EXPECT_EQ(pieces->encode("the the the the", 4), (Tokens{2, 14, 14, 3}));
    EXPECT_EQ(pieces->encode("the\xff\xfe rental", 16), (Tokens{2, 14, 15, 16, 3}));
    EXPECT_EQ(pieces->encode(std::string(101, 'n'), 200), (Tokens{2, 1, 3}));
    EXPECT_TRUE(pieces->knows("rental"));
    EXPECT_FALSE(pieces->knows("rentier"));
    EXPECT_EQ(WordPiece::make({{"[CLS]", 0}}, {}).error().code, Errc::NoModel);
}

TEST_F(LocalModel, GivesTheVectorsThatTheNetworkDefines)
{
    const auto model = LocalEmbedder::open(m_folder);
    ASSERT_TRUE(model) << model.error().what.toStdString();
    EXPECT_EQ((*model)->dimension(), uint32_t(kHidden));
    EXPECT_TRUE((*model)->id().startsWith("local-tiny_model-"));
    EXPECT_LT((*model)->id().size(), 64);
    const auto vectors = *(*model)->embed({"the unaffable", "", "rental", "the the naive rental"},
                                          EmbedPurpose::Passage);
    ASSERT_EQ(vectors.size(), 4);
    expectNear(vectors[0], expected({2, 14, 4, 5, 6, 3}, true));
    EXPECT_EQ(vectors[1], std::vector<float>(kHidden));
    expectNear(vectors[2], expected({2, 15, 16, 3}, true));
    expectNear(vectors[3], expected({2, 14, 14, 7, 15, 16, 3}, true));
    // The same alone as among others.
    EXPECT_EQ((*(*model)->embed({"rental"}, EmbedPurpose::Query))[0].size(), size_t(kHidden));
    expectNear((*(*model)->embed({"rental"}, EmbedPurpose::Query))[0],
               expected({2, 15, 16, 3}, true));
}

TEST_F(LocalModel, KeepsToTheModelsOwnSettings)
{
    const QByteArray before = (*LocalEmbedder::open(m_folder))->id();
    writeFile(m_folder + u"/1_Pooling/config.json"_s,
              R"({"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false})");
    writeFile(m_folder + u"/sentence_bert_config.json"_s, R"({"max_seq_length": 4})");
    writeFile(m_folder + u"/config_sentence_transformers.json"_s,
              R"({"prompts": {"query": "query: ", "passage": "the "}})");
    const auto model = LocalEmbedder::open(m_folder);
    ASSERT_TRUE(model) << model.error().what.toStdString();
    EXPECT_NE((*model)->id(), before) << "its vectors are others";
    expectNear((*(*model)->embed({"rental"}, EmbedPurpose::Query))[0],
               expected({2, 17, 18, 3}, false));
    expectNear((*(*model)->embed({"rental"}, EmbedPurpose::Passage))[0],
               expected({2, 14, 15, 3}, false));
    writeFile(m_folder + u"/1_Pooling/config.json"_s,
              R"({"pooling_mode_max_tokens": true, "pooling_mode_mean_tokens": false})");
    EXPECT_EQ(refusal().code, Errc::NoModel);
}

TEST_F(LocalModel, ReadsTokenizersInOneFileAndModelsInsideOfOthers)
{
    QJsonObject vocabulary;
    for (qsizetype i = 0; i < kPieces.size(); ++i)
        vocabulary[kPieces[i]] = i;
    QFile::remove(m_folder + u"/vocab.txt"_s);
    QJsonObject tokenizer{
        {u"model"_s, QJsonObject{{u"type"_s, u"WordPiece"_s}, {u"vocab"_s, vocabulary}}},
        {u"normalizer"_s, QJsonObject{{u"lowercase"_s, true}}}};
    writeFile(m_folder + u"/tokenizer.json"_s, QJsonDocument(tokenizer).toJson());
    const auto model = LocalEmbedder::open(m_folder);
    ASSERT_TRUE(model) << model.error().what.toStdString();
    expectNear((*(*model)->embed({"Rental"}, EmbedPurpose::Passage))[0],
               expected({2, 15, 16, 3}, true));
    tokenizer[u"model"_s] = QJsonObject{{u"type"_s, u"Unigram"_s}};
    writeFile(m_folder + u"/tokenizer.json"_s, QJsonDocument(tokenizer).toJson());
    EXPECT_TRUE(refusal().what.contains(u"Unigram"_s));
}

TEST_F(LocalModel, DescribesAFolderWithoutLoadingIt)
{
    const auto info = LocalEmbedder::describe(m_folder);
    ASSERT_TRUE(info) << info.error().what.toStdString();
    const auto model = LocalEmbedder::open(m_folder);
    ASSERT_TRUE(model);
    EXPECT_EQ(uint32_t(info->hidden), (*model)->dimension());
    EXPECT_EQ(qint64(info->bytes), QFileInfo(m_folder + u"/model.safetensors"_s).size());
    EXPECT_EQ(LocalEmbedder::describe(m_folder + u"/absent"_s).error().code, Errc::NotFound);
}

TEST(ModelChoice, KnowsWhichAddressesAreThisMachine)
{
    const auto leaves = [](const QString &model) {
        const bool isAddress = model.startsWith(u"http"_s);
        return ModelChoice::make(model, isAddress ? u"m"_s : QString(), {}, {})->leavesMachine();
    };
    for (const auto &each : {u"builtin"_s, u"/models/x"_s, u"http://localhost:11434/api/embed"_s,
                             u"http://127.0.0.1:80/"_s, u"http://[::1]:8080/v1"_s})
        EXPECT_FALSE(leaves(each)) << each.toStdString();
    for (const auto &each : {u"https://api.example.org/v1"_s, u"http://192.168.1.2/v1"_s,
                             u"http://127.example.org/"_s, u"http://localhost.example.org/"_s})
        EXPECT_TRUE(leaves(each)) << each.toStdString();
}

TEST_F(LocalModel, SaysWhatAFolderLacks)
{
    const auto without = [&](const char *file, const char *wanted) {
        const QString path = m_folder + u'/' + QLatin1String(file);
        ASSERT_TRUE(QFile::rename(path, path + u".away"_s));
        EXPECT_TRUE(refusal().what.contains(QLatin1String(wanted))) << refusal().what.toStdString();
        ASSERT_TRUE(QFile::rename(path + u".away"_s, path));
    };
    without("config.json", "config.json");
    without("vocab.txt", "neither tokenizer.json nor vocab.txt");
    without("model.safetensors", "PyTorch");
    if (OnnxRuntime::candidates().isEmpty()) {
        writeFile(m_folder + u"/model.onnx"_s, "\x08\x07onnx");
        without("model.safetensors", "model.onnx only");
        without("model.safetensors", "vexctl index model http");
        ASSERT_TRUE(QFile::remove(m_folder + u"/model.onnx"_s));
    }
    EXPECT_EQ(LocalEmbedder::open(m_folder + u"/absent"_s).error().code, Errc::NotFound);
    writeFile(m_folder + u"/model.safetensors"_s,
              m_model.file(u"encoder.layer.1.output.dense.bias"_s));
    EXPECT_TRUE(refusal().what.contains(u"encoder.layer.1.output.dense.bias"_s));
    const auto with = [&](const char *key, const QJsonValue &value) {
        QJsonObject config = tinyConfig();
        config[QLatin1String(key)] = value;
        writeFile(m_folder + u"/config.json"_s, QJsonDocument(config).toJson());
        return refusal().code;
    };
    writeFile(m_folder + u"/model.safetensors"_s, m_model.file());
    for (const auto &[key, value] :
         std::map<const char *, QJsonValue>{{"model_type", u"t5"_s},
                                            {"hidden_act", u"silu"_s},
                                            {"position_embedding_type", u"rotary"_s},
                                            {"num_attention_heads", 3},
                                            {"hidden_size", -1},
                                            {"num_hidden_layers", 1e9},
                                            {"vocab_size", 5},
                                            {"intermediate_size", 13}})
        EXPECT_EQ(with(key, value), Errc::NoModel) << key;
}

TEST_F(LocalModel, OneThatIsAwayIsTakenWhenItIsBack)
{
    using namespace std::chrono_literals;
    const auto opened = LocalEmbedder::open(m_folder);
    ASSERT_TRUE(opened);
    auto choice = ModelChoice::make(m_folder, {}, {}, {});
    ASSERT_TRUE(choice);
    choice->id = (*opened)->id();
    choice->dimension = (*opened)->dimension();
    const QString away = m_place.filePath(u"away"_s);
    ASSERT_TRUE(QDir().rename(m_folder, away));
    const auto later = choice->openLater(base::Error{Errc::NotFound, u"away"_s}, 1ms);
    EXPECT_EQ(later->id(), (*opened)->id());
    const auto outcome = [&] {
        const auto vectors = later->embed({"rental"}, EmbedPurpose::Query);
        return vectors ? Errc::Busy : vectors.error().code; // Busy: an answer
    };
    const auto becomes = [&](Errc wanted) {
        for (int i = 0; i < 5000 && outcome() != wanted; i++)
            std::this_thread::sleep_for(1ms);
        return outcome() == wanted;
    };
    EXPECT_EQ(outcome(), Errc::NotFound);
    writeTinyModel(m_folder, m_model);
    writeFile(m_folder + u"/sentence_bert_config.json"_s, R"({"max_seq_length": 4})");
    EXPECT_TRUE(becomes(Errc::NoModel)) << "another model in its place";
    ASSERT_TRUE(QDir(m_folder).removeRecursively());
    ASSERT_TRUE(QDir().rename(away, m_folder));
    EXPECT_TRUE(becomes(Errc::Busy));
    expectNear((*later->embed({"rental"}, EmbedPurpose::Query))[0],
               expected({2, 15, 16, 3}, true));
}

TEST_F(LocalModel, DamagedWeightsAreRefused)
{
    const QByteArray good = m_model.file();
    const auto refuses = [&](const QByteArray &bytes) {
        writeFile(m_folder + u"/model.safetensors"_s, bytes);
        return refusal().code;
    };
    EXPECT_EQ(refuses({}), Errc::Corrupt);
    EXPECT_EQ(refuses(good.left(7)), Errc::Corrupt);
    EXPECT_EQ(refuses(good.left(100)), Errc::Corrupt);
    EXPECT_EQ(refuses(good.chopped(1)), Errc::Corrupt);
    EXPECT_EQ(refuses(QByteArray(8, '\xff') + good.mid(8)), Errc::Corrupt);
    QByteArray infinite = good;
    infinite.replace(infinite.size() - 4, 4, QByteArray("\0\0\x80\x7f", 4));
    EXPECT_EQ(refuses(infinite), Errc::NoModel);
    for (qsizetype at = 8; at < 2000; at += 7) {
        QByteArray changed = good;
        changed[at] = char(changed[at] ^ 0x11);
        writeFile(m_folder + u"/model.safetensors"_s, changed);
        (void)LocalEmbedder::open(m_folder); // opened or not, and no crash
    }
}

TEST(SafeTensors, ReadsHalvesOfBothKinds)
{
    QTemporaryDir place;
    const QByteArray json = R"({"h":{"dtype":"F16","shape":[4],"data_offsets":[0,8]},)"
                            R"("b":{"dtype":"BF16","shape":[1],"data_offsets":[8,10]},)"
                            R"("i":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}})";
    const quint64 length = qToLittleEndian(quint64(json.size()));
    // 1, -2, the smallest subnormal, the largest; 1.5
    const QByteArray data("\x00\x3c\x00\xc0\x01\x00\xff\x7b\xc0\x3f", 10);
    writeFile(place.filePath(u"t"_s),
              QByteArray(reinterpret_cast<const char *>(&length), 8) + json + data);
    const auto tensors = SafeTensors::open(place.filePath(u"t"_s));
    ASSERT_TRUE(tensors);
    EXPECT_EQ(*(*tensors)->read(u"h"_s, {4}),
              (std::vector<float>{1.0F, -2.0F, std::ldexp(1.0F, -24), 65504.0F}));
    EXPECT_EQ(*(*tensors)->read(u"b"_s, {1}), std::vector<float>{1.5F});
    EXPECT_EQ((*tensors)->read(u"i"_s, {1}).error().code, Errc::NoModel);
    EXPECT_EQ((*tensors)->read(u"b"_s, {2}).error().code, Errc::NoModel);
    EXPECT_EQ((*tensors)->read(u"x"_s, {1}).error().code, Errc::NoModel);
}

} // namespace
