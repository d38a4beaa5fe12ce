// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/suggestions.h"

#include "common/text/words.h"
#include "daemon/query/query_text.h"

#include <algorithm>
#include <unordered_map>

namespace vexfs::daemon {

using base::Result;

namespace {

constexpr size_t kTypoLettersMin = 4;
constexpr size_t kTwoTyposLettersMin = 8;
constexpr int kNamesLookedAt = 200;
// Of so many files with the prefix, the beginnings are read for what it goes on to.
constexpr int kFilesRead = 40;
constexpr qsizetype kBytesRead = 32'768;

std::string_view view(const QByteArray &bytes)
{
    return {bytes.constData(), size_t(bytes.size())};
}

/// Words as they stand in texts, not the stems that the index has.
Result<QStringList> termsFrom(Catalog &catalog, const std::string &prefix, int limit)
{
    const auto hits = catalog.keywordSearch(matchPrefix(prefix), kFilesRead, nullptr);
    if (!hits)
        return tl::unexpected(hits.error());
    std::unordered_map<std::string, int> files;
    for (const KeywordHit &hit : *hits) {
        const auto row = catalog.file(hit.ino);
        const auto stored = catalog.storedText(hit.ino);
        if (!row || !stored)
            return tl::unexpected(row ? stored.error() : row.error());
        if (!row->has_value())
            continue;
        const QByteArray path = (*row)->path();
        const QByteArray text = path.mid(path.lastIndexOf('/') + 1) + ' '
            + (*row)->title.toUtf8() + ' ' + stored->text.left(kBytesRead);
        std::unordered_map<std::string, int> own;
        base::WordReader reader(view(text));
        for (base::Word word; reader.next(word);) {
            if (word.folded.starts_with(prefix) && own[word.folded]++ == 0)
                ++files[word.folded];
        }
    }
    std::vector<std::pair<int, std::string>> ranked;
    for (const auto &[word, count] : files)
        ranked.emplace_back(-count, word);
    std::sort(ranked.begin(), ranked.end());
    QStringList terms;
    for (size_t i = 0; i < std::min(ranked.size(), size_t(limit)); ++i)
        terms += QString::fromStdString(ranked[i].second);
    return terms;
}

} // namespace

Result<QString> nearName(Catalog &catalog, const std::string &word)
{
    const std::u32string typed = QString::fromStdString(word).toStdU32String();
    const bool hasDigit = std::any_of(word.begin(), word.end(),
                                      [](char c) { return c >= '0' && c <= '9'; });
    if (typed.size() < kTypoLettersMin || hasDigit)
        return QString();
    const Result<QStringList> names
        = catalog.namesLike(QString::fromStdString(word), kNamesLookedAt);
    if (!names)
        return tl::unexpected(names.error());
    const size_t most = typed.size() >= kTwoTyposLettersMin ? 2 : 1;
    for (size_t allowed = 1; allowed <= most; ++allowed) {
        for (const QString &name : *names) {
            const QByteArray text = name.toUtf8();
            for (const std::string &each : base::words(view(text))) {
                const QString candidate = QString::fromStdString(each);
                if (isNear(typed, candidate.toStdU32String(), allowed))
                    return candidate;
            }
        }
    }
    return QString();
}

Result<QVector<std::pair<QString, QString>>> suggestions(Catalog &catalog, const QString &prefix,
                                                         int limit)
{
    QVector<std::pair<QString, QString>> all;
    const auto add = [&](const QStringList &texts, const char *kind, const QString &before = {}) {
        for (const QString &text : texts) {
            if (all.size() < limit)
                all.push_back({before + text, QLatin1String(kind)});
        }
    };
    const QByteArray bytes = prefix.toUtf8();
    const std::vector<std::string> words = base::words(view(bytes));
    if (words.empty())
        return all;
    const QString last = QString::fromStdString(words.back());
    // What was typed before the last word stays.
    const QString before = prefix.left(prefix.lastIndexOf(u' ') + 1);
    const auto terms = termsFrom(catalog, words.back(), limit);
    const auto tags = catalog.tagsNamed(prefix.trimmed(), limit);
    const auto folders = catalog.foldersNamed(prefix.trimmed(), limit);
    for (const base::Error *error : {terms ? nullptr : &terms.error(),
                                     tags ? nullptr : &tags.error(),
                                     folders ? nullptr : &folders.error()}) {
        if (error)
            return tl::unexpected(*error);
    }
    add(*terms, "term", before);
    add(*tags, "tag");
    QStringList paths;
    for (const QByteArray &folder : *folders)
        paths += QString::fromUtf8(folder);
    add(paths, "folder");
    if (!all.isEmpty())
        return all;
    const auto near = nearName(catalog, words.back());
    if (!near)
        return tl::unexpected(near.error());
    if (!near->isEmpty() && *near != last)
        add({*near}, "spelling", before);
    return all;
}

} // namespace vexfs::daemon
