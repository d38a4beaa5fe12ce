// SPDX-License-Identifier: Apache-2.0
//
// Which function reads what, and documents inside of documents.
#include "daemon/extract/formats.h"

#include <QtGlobal>

#include <algorithm>
#include <array>

namespace vexfs::extract {

using daemon::ExtractFormat;

namespace {

struct Reader
{
    ExtractFormat format;
    void (*read)(std::string_view, Output &);
};

constexpr std::array kReaders{
    Reader{ExtractFormat::Text, extractText},
    Reader{ExtractFormat::Markdown, extractMarkdown},
    Reader{ExtractFormat::Html, extractHtml},
    Reader{ExtractFormat::Pdf, extractPdf},
    Reader{ExtractFormat::Docx, extractDocx},
    Reader{ExtractFormat::Odt, extractOdt},
    Reader{ExtractFormat::Epub, extractEpub},
    Reader{ExtractFormat::Xlsx, extractXlsx},
    Reader{ExtractFormat::Pptx, extractPptx},
    Reader{ExtractFormat::Rtf, extractRtf},
    Reader{ExtractFormat::Table, extractTable},
    Reader{ExtractFormat::Json, extractJson},
    Reader{ExtractFormat::Subtitles, extractSubtitles},
    Reader{ExtractFormat::Code, extractCode},
    Reader{ExtractFormat::Mail, extractMail},
    Reader{ExtractFormat::Mbox, extractMbox},
    Reader{ExtractFormat::Zip, extractZip},
    Reader{ExtractFormat::Tar, extractTar},
    Reader{ExtractFormat::SevenZip, extractSevenZip},
    Reader{ExtractFormat::Compressed, extractCompressed},
};

struct Ending
{
    std::string_view name;
    ExtractFormat format;
};

// The files of a volume are told apart by the MIME database, which cannot be asked in the sandbox.
constexpr std::array kEndings{
    Ending{"md", ExtractFormat::Markdown},   Ending{"markdown", ExtractFormat::Markdown},
    Ending{"html", ExtractFormat::Html},     Ending{"htm", ExtractFormat::Html},
    Ending{"xhtml", ExtractFormat::Html},    Ending{"pdf", ExtractFormat::Pdf},
    Ending{"docx", ExtractFormat::Docx},     Ending{"docm", ExtractFormat::Docx},
    Ending{"odt", ExtractFormat::Odt},       Ending{"ods", ExtractFormat::Odt},
    Ending{"odp", ExtractFormat::Odt},       Ending{"epub", ExtractFormat::Epub},
    Ending{"xlsx", ExtractFormat::Xlsx},     Ending{"pptx", ExtractFormat::Pptx},
    Ending{"rtf", ExtractFormat::Rtf},       Ending{"csv", ExtractFormat::Table},
    Ending{"tsv", ExtractFormat::Table},     Ending{"json", ExtractFormat::Json},
    Ending{"srt", ExtractFormat::Subtitles}, Ending{"vtt", ExtractFormat::Subtitles},
    Ending{"ass", ExtractFormat::Subtitles}, Ending{"ssa", ExtractFormat::Subtitles},
    Ending{"eml", ExtractFormat::Mail},      Ending{"mbox", ExtractFormat::Mbox},
    Ending{"zip", ExtractFormat::Zip},       Ending{"7z", ExtractFormat::SevenZip},
    Ending{"tar", ExtractFormat::Tar},       Ending{"tgz", ExtractFormat::Compressed},
    Ending{"gz", ExtractFormat::Compressed}, Ending{"bz2", ExtractFormat::Compressed},
    Ending{"xz", ExtractFormat::Compressed}, Ending{"zst", ExtractFormat::Compressed},
    Ending{"c", ExtractFormat::Code},        Ending{"h", ExtractFormat::Code},
    Ending{"cc", ExtractFormat::Code},       Ending{"cpp", ExtractFormat::Code},
    Ending{"hpp", ExtractFormat::Code},      Ending{"py", ExtractFormat::Code},
    Ending{"rs", ExtractFormat::Code},       Ending{"go", ExtractFormat::Code},
    Ending{"java", ExtractFormat::Code},     Ending{"js", ExtractFormat::Code},
    Ending{"ts", ExtractFormat::Code},       Ending{"sh", ExtractFormat::Code},
    Ending{"pl", ExtractFormat::Code},       Ending{"rb", ExtractFormat::Code},
};

} // namespace

void prepareFormats()
{
    // What is wrong with a document is told to the daemon, in one line.
    qInstallMessageHandler([](QtMsgType, const QMessageLogContext &, const QString &) {});
    prepareMail();
    preparePdf();
}

void extractDocument(ExtractFormat format, std::string_view bytes, Output &out)
{
    for (const Reader &reader : kReaders) {
        if (reader.format == format)
            return reader.read(bytes, out);
    }
    throw Refused("its format is not known");
}

ExtractFormat memberFormat(std::string_view name, std::string_view bytes)
{
    if (bytes.substr(0, 5) == "%PDF-")
        return ExtractFormat::Pdf;
    const size_t dot = name.rfind('.');
    std::string ending(dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1));
    std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) {
        return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    });
    for (const Ending &each : kEndings) {
        if (each.name == ending)
            return each.format;
    }
    return ExtractFormat::Text;
}

void extractMember(std::string_view name, std::string_view bytes, Output &out)
{
    out.beginMember(name);
    try {
        if (!bytes.empty())
            extractDocument(memberFormat(name, bytes), bytes, out);
    } catch (const Bomb &) {
        throw;
    } catch (const Refused &) {
        // A picture, or a damaged document: its name is there, and the others go on.
    } catch (const Empty &) {
        // The same.
    }
    out.endMember();
}

} // namespace vexfs::extract
