// SPDX-License-Identifier: Apache-2.0
#include "cli/vexfs/mcp/tools.h"

#include "cli/output/human.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/json.h"
#include "cli/vexfs/mcp/roots.h"
#include "common/base/file_uri.h"

#include <QStringDecoder>

#include <algorithm>
#include <cerrno>

#include <sys/stat.h>
#include <unistd.h>

namespace vexfs::cli {

using base::Errc;

namespace {

constexpr int kHitsMost = 50;
constexpr int kChangesMost = 1000;
constexpr qsizetype kBytesMost = 64 << 10;
constexpr int kCharacterMost = 4; ///< bytes of one

struct Tools
{
    const Command &command;
    std::vector<std::string> folders;

    base::Result<Roots> roots() const { return Roots::of(command, folders); }
};

QString textOf(const QJsonObject &arguments, const char *name)
{
    return arguments.value(QLatin1String(name)).toString();
}

base::Result<QJsonObject> hitsOf(const Tools &tools, const Roots &roots, const QString &query,
                                 const client::SearchOptions &options)
{
    const auto reply = await(tools.command, tools.command.io.client.search(query, options));
    if (!reply)
        return tl::unexpected(reply.error());
    QJsonArray hits;
    for (const client::SearchHit &each : reply->hits) {
        // A folder that the query names is searched beside those of the options.
        if (!roots.resolve(each.uri))
            continue;
        QJsonObject hit = jsonOf(each);
        hit.insert(QStringLiteral("untrusted_text"), hit.take(QStringLiteral("snippet")));
        hit.remove(QStringLiteral("highlights"));
        hits.append(hit);
    }
    return QJsonObject{{QStringLiteral("hits"), hits},
                       {QStringLiteral("nothing_fits_well"), reply->isWeak},
                       {QStringLiteral("files_still_to_be_indexed"), jsonNumber(reply->pending)}};
}

base::Result<client::SearchOptions> optionsOf(const Roots &roots, const QJsonObject &arguments)
{
    client::SearchOptions options;
    options.limit = uint32_t(std::clamp(arguments.value(QLatin1String("limit")).toInt(10), 1,
                                        kHitsMost));
    options.scopeUris = roots.scopeUris();
    if (const QString folder = textOf(arguments, "folder"); !folder.isEmpty()) {
        const auto path = roots.resolve(folder);
        if (!path)
            return tl::unexpected(path.error());
        options.scopeUris = QStringList{base::uriFromPath(*path)};
    }
    for (const QJsonValue &each : arguments.value(QLatin1String("types")).toArray())
        options.types.append(each.toString());
    options.at = textOf(arguments, "at");
    options.snapshots = textOf(arguments, "snapshots");
    return options;
}

base::Result<QJsonObject> searchFiles(const Tools &tools, const QJsonObject &arguments)
{
    const auto roots = tools.roots();
    if (!roots)
        return tl::unexpected(roots.error());
    const auto options = optionsOf(*roots, arguments);
    if (!options)
        return tl::unexpected(options.error());
    const QString query = textOf(arguments, "query");
    // It could be a file that nothing is to be told of, and what is like it tells what it says.
    if (query.contains(QLatin1String("similar:"), Qt::CaseInsensitive))
        return base::fail(Errc::InvalidArgs, QStringLiteral("find_similar has what similar: asks"));
    return hitsOf(tools, *roots, query, *options);
}

base::Result<QJsonObject> findSimilar(const Tools &tools, const QJsonObject &arguments)
{
    const auto roots = tools.roots();
    if (!roots)
        return tl::unexpected(roots.error());
    auto options = optionsOf(*roots, arguments);
    if (!options)
        return tl::unexpected(options.error());
    const auto path = roots->resolve(textOf(arguments, "file"));
    if (!path)
        return tl::unexpected(path.error());
    options->similarUri = base::uriFromPath(*path);
    return hitsOf(tools, *roots, {}, *options);
}

/// Without the part of a character that stands at either end; nothing when it is no text.
std::optional<QByteArray> wholeCharacters(QByteArray bytes, qsizetype *skipped, bool isEnd)
{
    const auto isInside = [](char each) { return (uchar(each) & 0xc0U) == 0x80U; };
    qsizetype first = 0;
    while (first < std::min<qsizetype>(bytes.size(), kCharacterMost - 1) && isInside(bytes[first]))
        ++first;
    bytes.remove(0, first);
    *skipped = first;
    const auto isText = [](const QByteArray &part) {
        QStringDecoder decoder(QStringDecoder::Utf8, QStringConverter::Flag::Stateless);
        const QString text = decoder(part);
        return !decoder.hasError() && !text.contains(QChar::Null);
    };
    for (int cut = 0; !isEnd && cut < kCharacterMost - 1 && !isText(bytes); ++cut)
        bytes.chop(1);
    return isText(bytes) ? std::optional(bytes) : std::nullopt;
}

base::Result<QJsonObject> readPassage(const Tools &tools, const QJsonObject &arguments)
{
    const auto roots = tools.roots();
    if (!roots)
        return tl::unexpected(roots.error());
    const QString name = textOf(arguments, "file");
    const auto file = roots->open(name);
    if (!file)
        return tl::unexpected(file.error());
    struct stat info = {};
    if (::fstat(file->get(), &info) != 0 || !S_ISREG(info.st_mode))
        return base::fail(Errc::InvalidArgs, QStringLiteral("%1 is no file").arg(oneLine(name)));
    const qint64 offset = std::max<qint64>(arguments.value(QLatin1String("offset")).toInteger(), 0);
    const auto most = std::clamp<qsizetype>(
        arguments.value(QLatin1String("max_bytes")).toInteger(kBytesMost), kCharacterMost,
        kBytesMost);
    QByteArray bytes(most, '\0');
    const ssize_t got = ::pread(file->get(), bytes.data(), size_t(most), offset);
    if (got < 0)
        return base::failErrno(errno, QStringLiteral("%1 cannot be read").arg(oneLine(name)));
    bytes.truncate(got);
    const bool isEnd = offset + got >= info.st_size;
    qsizetype skipped = 0;
    const auto text = wholeCharacters(bytes, &skipped, isEnd);
    if (!text) {
        return base::fail(Errc::NotSupported,
                          QStringLiteral("%1 is not text in UTF-8; search_files gives passages of "
                                         "documents")
                              .arg(oneLine(name)));
    }
    QJsonObject out{{QStringLiteral("untrusted_text"), QString::fromUtf8(*text)},
                    {QStringLiteral("offset"), offset + skipped},
                    {QStringLiteral("size_bytes"), qint64(info.st_size)}};
    if (!isEnd)
        out.insert(QStringLiteral("next_offset"), offset + skipped + text->size());
    return out;
}

/// The file that is asked about, and the volume or folder that is indexed and has it.
struct AskedFile
{
    Roots roots;
    QByteArray path;
    client::VolumeInfo volume;
};

base::Result<AskedFile> askedFile(const Tools &tools, const QJsonObject &arguments)
{
    auto roots = tools.roots();
    if (!roots)
        return tl::unexpected(roots.error());
    const auto path = roots->resolve(textOf(arguments, "file"));
    if (!path)
        return tl::unexpected(path.error());
    const auto volume = findIndexed(tools.command, QString::fromUtf8(*path));
    if (!volume)
        return tl::unexpected(volume.error());
    return AskedFile{std::move(*roots), *path, *volume};
}

base::Result<QJsonObject> listVersions(const Tools &tools, const QJsonObject &arguments)
{
    const auto asked = askedFile(tools, arguments);
    if (!asked)
        return tl::unexpected(asked.error());
    const auto versions
        = await(tools.command, tools.command.io.client.versions(asked->volume.object,
                                                                base::uriFromPath(asked->path)));
    if (!versions)
        return tl::unexpected(versions.error());
    QJsonArray rows;
    for (const client::FileVersion &each : *versions) {
        // It may have been elsewhere then, where nothing is to be told of.
        if (!asked->roots.resolve(each.uri))
            continue;
        QJsonObject row{{QStringLiteral("modified_at"), isoTime(each.mtimeUs)},
                        {QStringLiteral("size_bytes"), jsonNumber(each.sizeBytes)},
                        {QStringLiteral("live"), each.isLive},
                        {QStringLiteral("snapshots"), QJsonArray::fromStringList(each.snapshots)}};
        setFile(&row, each.uri);
        rows.append(row);
    }
    return QJsonObject{{QStringLiteral("versions"), rows}};
}

base::Result<QJsonObject> listChanges(const Tools &tools, const QJsonObject &arguments)
{
    const auto roots = tools.roots();
    if (!roots)
        return tl::unexpected(roots.error());
    const auto folder = roots->resolve(textOf(arguments, "folder"));
    if (!folder)
        return tl::unexpected(folder.error());
    const auto volume = findVolume(tools.command, QString::fromUtf8(*folder));
    if (!volume)
        return tl::unexpected(volume.error());
    const QByteArray mount = mountPath(*volume);
    QJsonArray rows;
    QString after;
    do {
        const auto page = await(tools.command,
                                tools.command.io.client.changes(
                                    volume->object, textOf(arguments, "from"),
                                    textOf(arguments, "to"), after));
        if (!page)
            return tl::unexpected(page.error());
        for (const client::FileChange &each : page->changes) {
            const QByteArray path
                = mount + '/' + QByteArray::fromPercentEncoding(each.path.toUtf8());
            const bool isInFolder = path == *folder || path.startsWith(*folder + '/');
            if (!isInFolder || !roots->resolve(base::uriFromPath(path)))
                continue;
            QJsonObject row{{QStringLiteral("kind"), each.kind},
                            {QStringLiteral("folder"), each.isFolder},
                            {QStringLiteral("size_bytes"), jsonNumber(each.sizeBytes)},
                            {QStringLiteral("old_size_bytes"), jsonNumber(each.oldSizeBytes)}};
            setFile(&row, base::uriFromPath(path));
            rows.append(row);
        }
        after = page->next;
    } while (!after.isEmpty() && rows.size() < kChangesMost);
    return QJsonObject{{QStringLiteral("changes"), rows},
                       {QStringLiteral("complete"), after.isEmpty()}};
}

base::Result<QJsonObject> explainFile(const Tools &tools, const QJsonObject &arguments)
{
    const auto asked = askedFile(tools, arguments);
    if (!asked)
        return tl::unexpected(asked.error());
    const auto report = await(
        tools.command,
        tools.command.io.client.explain(asked->volume.object, base::uriFromPath(asked->path),
                                        textOf(arguments, "query")));
    if (!report)
        return tl::unexpected(report.error());
    return jsonOf(*report);
}

QJsonObject argument(const char *type, const char *description)
{
    return {{QStringLiteral("type"), QLatin1String(type)},
            {QStringLiteral("description"), QLatin1String(description)}};
}

QJsonObject words()
{
    QJsonObject out = argument("array", "pdf, text, text/html, image/*");
    out.insert(QStringLiteral("items"),
               QJsonObject{{QStringLiteral("type"), QStringLiteral("string")}});
    return out;
}

QJsonObject snapshotChoice()
{
    QJsonObject out = argument("string", "Also, or only, in snapshots");
    out.insert(QStringLiteral("enum"), QJsonArray{QStringLiteral("all"), QStringLiteral("only")});
    return out;
}

} // namespace

QList<McpTool> mcpTools(const Command &command, const std::vector<std::string> &roots)
{
    const Tools tools{command, roots};
    const auto run = [tools](base::Result<QJsonObject> (*act)(const Tools &, const QJsonObject &)) {
        return [tools, act](const QJsonObject &arguments) { return act(tools, arguments); };
    };
    const QJsonObject file = argument("string", "Absolute path or file URI");
    const QJsonObject limit = argument("integer", "At most so many files, 1 to 50");
    const QJsonObject folder = argument("string", "Only in this folder: absolute path or file URI");
    return {
        {QStringLiteral("search_files"), QStringLiteral("Search files"),
         QStringLiteral("Finds files by words and by meaning; passages that fit come with them."),
         {{QStringLiteral("query"),
           argument("string", "Words; also type:pdf after:2025-01 \"an exact phrase\" -word")},
          {QStringLiteral("limit"), limit},
          {QStringLiteral("folder"), folder},
          {QStringLiteral("types"), words()},
          {QStringLiteral("at"), argument("string", "As it was: a snapshot, or 2025-01-31, 7d")},
          {QStringLiteral("snapshots"), snapshotChoice()}},
         {QStringLiteral("query")}, run(searchFiles)},
        {QStringLiteral("find_similar"), QStringLiteral("Find similar files"),
         QStringLiteral("Finds files that are about the same as one."),
         {{QStringLiteral("file"), file}, {QStringLiteral("limit"), limit},
          {QStringLiteral("folder"), folder}},
         {QStringLiteral("file")}, run(findSimilar)},
        {QStringLiteral("read_passage"), QStringLiteral("Read text"),
         QStringLiteral("Reads a part of a text file, or of one of its versions."),
         {{QStringLiteral("file"), file},
          {QStringLiteral("offset"), argument("integer", "Byte at which to begin")},
          {QStringLiteral("max_bytes"), argument("integer", "At most so many, up to 65536")}},
         {QStringLiteral("file")}, run(readPassage)},
        {QStringLiteral("list_versions"), QStringLiteral("List versions"),
         QStringLiteral("Tells the versions of a file in snapshots, newest first, to read each."),
         {{QStringLiteral("file"), file}}, {QStringLiteral("file")}, run(listVersions)},
        {QStringLiteral("list_changes"), QStringLiteral("List changes"),
         QStringLiteral("Tells what differs in a folder from one snapshot to another, or to now."),
         {{QStringLiteral("folder"), file},
          {QStringLiteral("from"), argument("string", "Name of a snapshot")},
          {QStringLiteral("to"), argument("string", "Name of another one; now without it")}},
         {QStringLiteral("folder"), QStringLiteral("from")}, run(listChanges)},
        {QStringLiteral("explain"), QStringLiteral("Explain a file"),
         QStringLiteral("Tells why a file is found, or is not."),
         {{QStringLiteral("file"), file},
          {QStringLiteral("query"), argument("string", "What it should have been found by")}},
         {QStringLiteral("file")}, run(explainFile)}};
}

} // namespace vexfs::cli
