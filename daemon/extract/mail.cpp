// SPDX-License-Identifier: Apache-2.0
//
// E-mail by GMime: one message, or a box of them. Texts are decoded here, not by GMime: it would
// load character conversions from disk.
#include <gmime/gmime.h>

#include "daemon/extract/formats.h"

#include <iconv.h>

#include <array>
#include <memory>

namespace vexfs::extract {

namespace {

template <class T> struct Unref
{
    void operator()(T *object) const { g_object_unref(object); }
};
template <class T> using Held = std::unique_ptr<T, Unref<T>>;

// Of headers; glibc keeps what is open, so these are there when there is no disk any more.
constexpr std::array kHeaderCharsets{"ISO-8859-1",  "ISO-8859-2", "ISO-8859-5",  "ISO-8859-7",
                                     "ISO-8859-9",  "ISO-8859-15", "CP1250",     "CP1251",
                                     "CP1252",      "KOI8-R",     "ISO-2022-JP", "GBK",
                                     "BIG5",        "EUC-KR",     "SHIFT_JIS"};

void ignoreLog(const char *, GLogLevelFlags, const char *, void *) {}

std::string textOrNothing(const char *text)
{
    return text ? text : "";
}

std::string addresses(InternetAddressList *list)
{
    if (!list || internet_address_list_length(list) <= 0)
        return {};
    char *joined = internet_address_list_to_string(list, nullptr, FALSE);
    std::string text = textOrNothing(joined);
    g_free(joined);
    return text;
}

// The sender's name alone, if there is one.
std::string nameOf(InternetAddressList *list)
{
    if (!list || internet_address_list_length(list) <= 0)
        return {};
    InternetAddress *first = internet_address_list_get_address(list, 0);
    const std::string name = textOrNothing(internet_address_get_name(first));
    return name.empty() ? addresses(list) : name;
}

std::string contentOf(GMimePart *part)
{
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    if (!content)
        return {};
    const Held<GMimeStream> stream(g_mime_stream_mem_new());
    g_mime_data_wrapper_write_to_stream(content, stream.get());
    const GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
    return bytes ? std::string(reinterpret_cast<const char *>(bytes->data), bytes->len)
                 : std::string();
}

bool isText(GMimeObject *object, const char *subtype)
{
    GMimeContentType *type = g_mime_object_get_content_type(object);
    return GMIME_IS_PART(object) && type && g_mime_content_type_is_type(type, "text", subtype);
}

// The first charset that an HTML part tells of itself is overruled by the mail's, as in browsers.
void addTextPart(GMimePart *part, Output &out)
{
    GMimeObject *object = GMIME_OBJECT(part);
    const std::string charset
        = textOrNothing(g_mime_object_get_content_type_parameter(object, "charset"));
    const std::string text = decodeText(contentOf(part), charset);
    out.endParagraph();
    if (isText(object, "html"))
        extractHtml(text, out);
    else
        out.addText(text);
    out.endLine();
}

class MailReader
{
public:
    explicit MailReader(Output &out) : m_out(out) {}

    void readMessage(GMimeMessage *message)
    {
        const std::string subject = textOrNothing(g_mime_message_get_subject(message));
        InternetAddressList *from = g_mime_message_get_from(message);
        m_out.setTitle(subject);
        m_out.setAuthor(nameOf(from));
        GDateTime *date = g_mime_message_get_date(message);
        if (date)
            m_out.setDate(g_date_time_to_unix(date));
        addHeader("Subject", subject);
        addHeader("From", addresses(from));
        addHeader("To", addresses(g_mime_message_get_to(message)));
        addHeader("Cc", addresses(g_mime_message_get_cc(message)));
        if (GMimeObject *body = g_mime_message_get_mime_part(message))
            readPart(body);
    }

private:
    // GMime refuses deeper trees itself; what is left of them is bounded here.
    static constexpr int kPartsDeep = 50;

    void addHeader(const char *name, const std::string &value)
    {
        if (value.empty())
            return;
        m_out.addText(std::string(name) + ": " + value);
        m_out.endLine();
    }

    void readPart(GMimeObject *part)
    {
        if (m_depth == kPartsDeep)
            throw Bomb("its parts are nested without end");
        ++m_depth;
        if (GMIME_IS_MULTIPART(part))
            readMultipart(GMIME_MULTIPART(part));
        else if (GMIME_IS_MESSAGE_PART(part))
            readAttachedMessage(GMIME_MESSAGE_PART(part));
        else if (GMIME_IS_PART(part))
            readLeaf(GMIME_PART(part));
        --m_depth;
    }

    void readMultipart(GMimeMultipart *parts)
    {
        GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(parts));
        const bool isAlternative
            = type && g_mime_content_type_is_type(type, "multipart", "alternative");
        const int count = g_mime_multipart_get_count(parts);
        for (int i = 0; isAlternative && i < count; ++i) {
            // All of them say the same, and the plain one says it best.
            GMimeObject *part = g_mime_multipart_get_part(parts, i);
            if (isText(part, "plain"))
                return readPart(part);
        }
        for (int i = 0; i < count; ++i)
            readPart(g_mime_multipart_get_part(parts, i));
    }

    void readAttachedMessage(GMimeMessagePart *part)
    {
        GMimeMessage *message = g_mime_message_part_get_message(part);
        if (!message)
            return;
        const std::string subject = textOrNothing(g_mime_message_get_subject(message));
        m_out.beginMember(subject.empty() ? "attached message" : subject);
        readMessage(message);
        m_out.endMember();
    }

    void readLeaf(GMimePart *part)
    {
        const std::string name = textOrNothing(g_mime_part_get_filename(part));
        if (name.empty()) {
            if (isText(GMIME_OBJECT(part), "*"))
                addTextPart(part, m_out);
            return;
        }
        extractMember(name, contentOf(part), m_out);
    }

    Output &m_out;
    int m_depth = 0;
};

Held<GMimeParser> parserOf(std::string_view bytes, GMimeFormat format)
{
    const Held<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
    Held<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
    g_mime_parser_set_format(parser.get(), format);
    return parser;
}

} // namespace

void prepareMail()
{
    for (const char *charset : kHeaderCharsets)
        (void)iconv_open("UTF-8", charset);
    g_log_set_default_handler(ignoreLog, nullptr);
    g_mime_init();
}

void extractMail(std::string_view bytes, Output &out)
{
    // As mailers save it, with the line that begins a message in a box.
    const bool isBoxed = bytes.substr(0, 5) == "From ";
    const auto parser = parserOf(bytes, isBoxed ? GMIME_FORMAT_MBOX : GMIME_FORMAT_MESSAGE);
    const Held<GMimeMessage> message(g_mime_parser_construct_message(parser.get(), nullptr));
    if (!message)
        throw Refused("it is damaged: no message that can be read");
    MailReader(out).readMessage(message.get());
}

void extractMbox(std::string_view bytes, Output &out)
{
    const auto parser = parserOf(bytes, GMIME_FORMAT_MBOX);
    while (!g_mime_parser_eos(parser.get())) {
        const Held<GMimeMessage> message(g_mime_parser_construct_message(parser.get(), nullptr));
        if (!message)
            break;
        const std::string subject = textOrNothing(g_mime_message_get_subject(message.get()));
        out.beginMember(subject.empty() ? "message" : subject);
        MailReader(out).readMessage(message.get());
        out.endMember();
    }
}

} // namespace vexfs::extract
