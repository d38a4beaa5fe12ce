// SPDX-License-Identifier: Apache-2.0
#include "daemon/embed/local/word_piece.h"

#include "daemon/embed/local/json_file.h"

#include <QFile>
#include <QFileInfo>
#include <QJsonObject>

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;

namespace {

// Longer words are one unknown token, as in the published tokenizers.
constexpr size_t kWordCharactersMax = 100;
constexpr qint64 kFileBytesMax = 64 << 20;

bool isPunctuation(UChar32 c)
{
    // All ASCII that is neither letter, digit nor space counts, by the published tokenizers.
    if ((c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) ||
        (c >= 123 && c <= 126))
        return true;
    return (U_GET_GC_MASK(c) & U_GC_P_MASK) != 0;
}

bool isSpace(UChar32 c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || u_charType(c) == U_SPACE_SEPARATOR;
}

bool isControl(UChar32 c)
{
    return c != '\t' && c != '\n' && c != '\r' && (U_GET_GC_MASK(c) & U_GC_C_MASK) != 0;
}

bool isChinese(UChar32 c)
{
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) ||
           (c >= 0x20000 && c <= 0x2a6df) || (c >= 0x2a700 && c <= 0x2ceaf) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

void readOptions(const QJsonObject &json, WordPiece::Options &options)
{
    const auto take = [&](const char *name, bool &value) {
        if (const QJsonValue found = json[QLatin1String(name)]; found.isBool())
            value = found.toBool();
    };
    take("lowercase", options.foldsCase);
    take("do_lower_case", options.foldsCase);
    options.stripsAccents = options.foldsCase; // unless it is said
    take("strip_accents", options.stripsAccents);
    take("handle_chinese_chars", options.splitsChinese);
    take("tokenize_chinese_chars", options.splitsChinese);
}

std::unordered_map<std::string, int32_t> readList(QFile &file)
{
    std::unordered_map<std::string, int32_t> vocabulary;
    int32_t number = 0;
    while (!file.atEnd()) {
        QByteArray line = file.readLine();
        while (line.endsWith('\n') || line.endsWith('\r'))
            line.chop(1);
        vocabulary.emplace(line.toStdString(), number++);
    }
    return vocabulary;
}

} // namespace

Result<WordPiece> WordPiece::open(const QString &folder)
{
    Options options;
    const QString whole = folder + QStringLiteral("/tokenizer.json");
    const QString list = folder + QStringLiteral("/vocab.txt");
    const QString config = folder + QStringLiteral("/tokenizer_config.json");
    if (QFileInfo::exists(whole)) {
        const Result<QJsonObject> json = readJsonFile(whole, kFileBytesMax);
        if (!json)
            return tl::unexpected(json.error());
        const QJsonObject model = (*json)[QLatin1String("model")].toObject();
        if (const QString type = model[QLatin1String("type")].toString();
            !type.isEmpty() && type != QLatin1String("WordPiece")) {
            return fail(Errc::NoModel,
                        QStringLiteral("%1 has a tokenizer of type %2; only WordPiece is "
                                       "understood")
                            .arg(whole, type));
        }
        readOptions((*json)[QLatin1String("normalizer")].toObject(), options);
        std::unordered_map<std::string, int32_t> vocabulary;
        const QJsonObject pieces = model[QLatin1String("vocab")].toObject();
        for (auto at = pieces.begin(); at != pieces.end(); ++at)
            vocabulary.emplace(at.key().toStdString(), at.value().toInt(-1));
        return make(std::move(vocabulary), options);
    }
    QFile file(list);
    if (!file.open(QIODevice::ReadOnly) || file.size() > kFileBytesMax) {
        return fail(Errc::NoModel,
                    QStringLiteral("%1 has neither tokenizer.json nor vocab.txt").arg(folder));
    }
    if (QFileInfo::exists(config)) {
        const Result<QJsonObject> json = readJsonFile(config, kFileBytesMax);
        if (!json)
            return tl::unexpected(json.error());
        readOptions(*json, options);
    }
    return make(readList(file), options);
}

Result<WordPiece> WordPiece::make(std::unordered_map<std::string, int32_t> vocabulary,
                                  const Options &options)
{
    WordPiece out;
    out.m_options = options;
    for (const auto &[piece, number] : vocabulary) {
        if (number < 0)
            return fail(Errc::NoModel, QStringLiteral("a piece of the vocabulary has no number"));
        out.m_size = std::max(out.m_size, number + 1);
    }
    const std::pair<const char *, int32_t *> wanted[] = {
        {"[CLS]", &out.m_cls}, {"[SEP]", &out.m_sep}, {"[UNK]", &out.m_unknown}};
    for (const auto &[piece, number] : wanted) {
        const auto found = vocabulary.find(piece);
        if (found == vocabulary.end()) {
            return fail(Errc::NoModel,
                        QStringLiteral("the vocabulary has no %1").arg(QLatin1String(piece)));
        }
        *number = found->second;
    }
    out.m_vocabulary = std::move(vocabulary);
    return out;
}

std::vector<std::string> WordPiece::words(std::string_view utf8) const
{
    icu::UnicodeString text =
        icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), int32_t(utf8.size())));
    if (m_options.foldsCase)
        text.toLower(icu::Locale::getRoot());
    if (m_options.stripsAccents) {
        UErrorCode status = U_ZERO_ERROR;
        if (const icu::Normalizer2 *nfd = icu::Normalizer2::getNFDInstance(status);
            U_SUCCESS(status)) {
            const icu::UnicodeString apart = nfd->normalize(text, status);
            if (U_SUCCESS(status))
                text = apart;
        }
    }
    std::vector<std::string> out;
    icu::UnicodeString word;
    const auto finish = [&] {
        if (!word.isEmpty())
            word.toUTF8String(out.emplace_back());
        word.remove();
    };
    for (int32_t i = 0; i < text.length();) {
        const UChar32 c = text.char32At(i);
        i += U16_LENGTH(c);
        if (isSpace(c)) {
            finish();
        } else if (c == 0 || c == 0xfffd || isControl(c)) {
            continue;
        } else if (m_options.stripsAccents && u_charType(c) == U_NON_SPACING_MARK) {
            continue;
        } else if (isPunctuation(c) || (m_options.splitsChinese && isChinese(c))) {
            finish();
            word.append(c);
            finish();
        } else {
            word.append(c);
        }
    }
    finish();
    return out;
}

// False when the word is none that the pieces make up: then it is the unknown token.
bool WordPiece::appendPieces(const std::string &word, std::vector<int32_t> &out) const
{
    const size_t before = out.size();
    const auto isInside = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
    size_t characters = 0;
    for (const char c : word)
        characters += !isInside(c);
    size_t begin = 0;
    std::string piece;
    while (characters <= kWordCharactersMax && begin < word.size()) {
        size_t end = word.size();
        auto found = m_vocabulary.end();
        while (end > begin) {
            piece.assign(begin ? "##" : "").append(word, begin, end - begin);
            found = m_vocabulary.find(piece);
            if (found != m_vocabulary.end())
                break;
            do
                --end;
            while (end > begin && isInside(word[end]));
        }
        if (found == m_vocabulary.end())
            break;
        out.push_back(found->second);
        begin = end;
    }
    if (begin == word.size() && !word.empty())
        return true;
    out.resize(before);
    out.push_back(m_unknown);
    return false;
}

std::vector<int32_t> WordPiece::encode(std::string_view utf8, size_t tokensMax) const
{
    // No piece is shorter than a byte, and most words have a few: more is never looked at.
    constexpr size_t kBytesPerToken = 64;
    std::string_view part = utf8.substr(0, std::min(utf8.size(), tokensMax * kBytesPerToken));
    std::vector<int32_t> out{m_cls};
    for (const std::string &word : words(part)) {
        if (out.size() + 1 >= tokensMax)
            break;
        appendPieces(word, out);
    }
    out.resize(std::min(out.size(), std::max<size_t>(tokensMax, 2) - 1));
    out.push_back(m_sep);
    return out;
}

bool WordPiece::knows(std::string_view word) const
{
    std::vector<int32_t> pieces;
    bool isKnown = true;
    for (const std::string &part : words(word))
        isKnown = appendPieces(part, pieces) && isKnown;
    return isKnown && !pieces.empty();
}

} // namespace vexfs::daemon
