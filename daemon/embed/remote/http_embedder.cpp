// SPDX-License-Identifier: Apache-2.0
#include "daemon/embed/remote/http_embedder.h"

#include <QCryptographicHash>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QUrl>

#include <cmath>
#include <thread>

#include <curl/curl.h>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

constexpr int kTries = 3;
constexpr qsizetype kTextsAtOnce = 32;
constexpr qsizetype kAnswerBytesMax = 64 << 20;
constexpr qsizetype kToldBytesMax = 300;
constexpr qint64 kKeyBytesMax = 4096;
constexpr uint32_t kDimensionMax = 8192;
constexpr int kHashDigits = 12;
constexpr int kNameBytesMax = 40;

struct CurlFree
{
    void operator()(CURL *curl) const { curl_easy_cleanup(curl); }
    void operator()(curl_slist *list) const { curl_slist_free_all(list); }
};

size_t takeAnswer(char *bytes, size_t size, size_t count, void *context)
{
    auto *answer = static_cast<QByteArray *>(context);
    const auto more = qsizetype(size * count);
    if (answer->size() + more > kAnswerBytesMax)
        return 0; // ends the transfer as an error
    answer->append(bytes, more);
    return size * count;
}

// What an endpoint says of its refusal, in one line that is not too long.
QString told(const QByteArray &answer)
{
    const QJsonObject json = QJsonDocument::fromJson(answer).object();
    const QJsonValue error = json[QLatin1String("error")];
    QString text =
        error.isObject() ? error.toObject()[QLatin1String("message")].toString() : error.toString();
    if (text.isEmpty())
        text = QString::fromUtf8(answer.left(kToldBytesMax));
    return text.left(kToldBytesMax).simplified();
}

int endWhenCancelled(void *context, curl_off_t, curl_off_t, curl_off_t, curl_off_t)
{
    const auto *isCancelled = static_cast<const std::function<bool()> *>(context);
    return *isCancelled && (*isCancelled)();
}

void append(curl_slist **list, const QByteArray &line)
{
    if (curl_slist *longer = curl_slist_append(*list, line.constData()))
        *list = longer;
}

} // namespace

Result<std::shared_ptr<HttpEmbedder>> HttpEmbedder::open(const HttpEndpoint &endpoint)
{
    const QUrl url(endpoint.url, QUrl::StrictMode);
    const bool isWeb =
        url.scheme() == QLatin1String("http") || url.scheme() == QLatin1String("https");
    if (!url.isValid() || !isWeb || url.host().isEmpty()) {
        return fail(Errc::InvalidArgs, QStringLiteral("\"%1\" is no http: or https: address of an "
                                                      "endpoint")
                                           .arg(endpoint.url));
    }
    if (endpoint.model.isEmpty())
        return fail(Errc::InvalidArgs, QStringLiteral("the endpoint's model has to be named"));
    std::shared_ptr<HttpEmbedder> out(new HttpEmbedder(endpoint));
    if (const Status read = out->readKey(); !read)
        return tl::unexpected(read.error());
    const auto probe = out->embed({"dimension"}, EmbedPurpose::Passage);
    if (!probe)
        return tl::unexpected(probe.error());
    out->m_dimension = uint32_t(probe->first().size());
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(QByteArrayView(endpoint.url.toUtf8() + '\n' + endpoint.model.toUtf8()));
    out->m_id = QByteArrayLiteral("http-");
    for (const QChar c : endpoint.model.left(kNameBytesMax)) {
        const bool isPlain = c.unicode() < 128 && (c.isLetterOrNumber() || c == u'-' || c == u'.');
        out->m_id += isPlain ? c.toLatin1() : '_';
    }
    out->m_id += '-' + hash.result().toHex().left(kHashDigits);
    return out;
}

Status HttpEmbedder::readKey()
{
    if (m_endpoint.keyFile.isEmpty())
        return {};
    QFile file(m_endpoint.keyFile);
    if (!file.open(QIODevice::ReadOnly)) {
        return fail(Errc::NotFound, QStringLiteral("cannot read the key in %1: %2")
                                        .arg(m_endpoint.keyFile, file.errorString()));
    }
    constexpr auto kOthers = QFileDevice::ReadGroup | QFileDevice::ReadOther |
                             QFileDevice::WriteGroup | QFileDevice::WriteOther;
    if (file.permissions() & kOthers) {
        return fail(Errc::NotAuthorized,
                    QStringLiteral("others may read or write the key in %1; chmod 600 it")
                        .arg(m_endpoint.keyFile));
    }
    m_key = file.read(kKeyBytesMax).trimmed();
    if (m_key.contains('\n') || m_key.contains('\r'))
        return fail(Errc::InvalidArgs,
                    QStringLiteral("the key in %1 has several lines").arg(m_endpoint.keyFile));
    return {};
}

Result<QVector<std::vector<float>>> HttpEmbedder::embed(const QVector<std::string_view> &texts,
                                                        EmbedPurpose purpose) const
{
    QVector<std::vector<float>> out;
    for (qsizetype first = 0; first < texts.size(); first += kTextsAtOnce) {
        Result<QVector<std::vector<float>>> some = ask(texts.mid(first, kTextsAtOnce), purpose);
        if (!some)
            return tl::unexpected(some.error());
        out += *some;
    }
    return out;
}

Result<QVector<std::vector<float>>> HttpEmbedder::ask(const QVector<std::string_view> &texts,
                                                      EmbedPurpose purpose) const
{
    QJsonArray input;
    for (const std::string_view text : texts) {
        // Endpoints refuse empty texts.
        input.append(text.empty() ? QStringLiteral(" ")
                                  : QString::fromUtf8(text.data(), qsizetype(text.size())));
    }
    const QByteArray body = QJsonDocument(QJsonObject{{QStringLiteral("model"), m_endpoint.model},
                                                      {QStringLiteral("input"), input}})
                                .toJson(QJsonDocument::Compact);
    auto pause = m_endpoint.firstPause;
    for (int attempt = 1;; ++attempt) {
        bool mayPass = false;
        const bool isQuery = purpose == EmbedPurpose::Query;
        const auto timeout =
            isQuery ? std::min(m_endpoint.timeout, m_endpoint.queryTimeout) : m_endpoint.timeout;
        const Result<QByteArray> answer = post(body, timeout, &mayPass);
        if (answer)
            return decode(*answer, texts.size());
        if (!mayPass || isQuery || attempt == kTries || isCancelled())
            return tl::unexpected(answer.error());
        std::this_thread::sleep_for(pause);
        pause *= 2;
    }
}

Result<QByteArray> HttpEmbedder::post(const QByteArray &body, std::chrono::milliseconds timeout,
                                      bool *mayPass) const
{
    const std::unique_ptr<CURL, CurlFree> curl(curl_easy_init());
    if (!curl)
        return fail(Errc::Failed, QStringLiteral("out of memory for an HTTP request"));
    curl_slist *lines = nullptr;
    append(&lines, "Content-Type: application/json");
    if (!m_key.isEmpty())
        append(&lines, "Authorization: Bearer " + m_key);
    const std::unique_ptr<curl_slist, CurlFree> headers(lines);
    const QByteArray url = m_endpoint.url.toUtf8();
    QByteArray answer;
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.constData());
    // The key and the text go to the address that was given, and to no other.
    curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, long(timeout.count()));
    curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, endWhenCancelled);
    curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &m_endpoint.isCancelled);
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.constData());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.size()));
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, takeAnswer);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
    const CURLcode code = curl_easy_perform(curl.get());
    const auto failed = [&](Errc error, const QString &why) {
        return fail(error, QStringLiteral("the model endpoint %1: %2").arg(m_endpoint.url, why));
    };
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return failed(Errc::Cancelled, QStringLiteral("no longer waited for"));
    if (code != CURLE_OK) {
        *mayPass = code != CURLE_WRITE_ERROR;
        return failed(code == CURLE_OPERATION_TIMEDOUT ? Errc::TimedOut : Errc::ServiceUnavailable,
                      QString::fromLocal8Bit(curl_easy_strerror(code)));
    }
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status == 200)
        return answer;
    *mayPass = status == 429 || status >= 500;
    const Errc error = *mayPass                         ? Errc::ServiceUnavailable
                       : status == 401 || status == 403 ? Errc::NotAuthorized
                                                        : Errc::NoModel;
    return failed(error, QStringLiteral("HTTP %1: %2").arg(status).arg(told(answer)));
}

Result<QVector<std::vector<float>>> HttpEmbedder::decode(const QByteArray &body,
                                                         qsizetype count) const
{
    const auto wrong = [this](const QString &why) {
        return fail(
            Errc::InvalidVector,
            QStringLiteral("the model endpoint %1 answered with %2").arg(m_endpoint.url, why));
    };
    const QJsonObject json = QJsonDocument::fromJson(body).object();
    const bool isOpenAi = m_endpoint.dialect == HttpEndpoint::Dialect::OpenAi;
    const QJsonArray rows =
        json[isOpenAi ? QLatin1String("data") : QLatin1String("embeddings")].toArray();
    if (rows.size() != count)
        return wrong(QStringLiteral("%1 vectors for %2 texts").arg(rows.size()).arg(count));
    QVector<std::vector<float>> out(count);
    for (qsizetype i = 0; i < count; ++i) {
        // OpenAI's rows say which text they are of.
        const QJsonObject row = rows[i].toObject();
        const qsizetype at = isOpenAi ? row[QLatin1String("index")].toInt(int(i)) : i;
        const QJsonArray numbers =
            isOpenAi ? row[QLatin1String("embedding")].toArray() : rows[i].toArray();
        if (at < 0 || at >= count || !out[at].empty())
            return wrong(QStringLiteral("vectors that are numbered wrongly"));
        if (numbers.isEmpty() || numbers.size() > kDimensionMax ||
            (m_dimension && uint32_t(numbers.size()) != m_dimension)) {
            return wrong(QStringLiteral("a vector of %1 numbers, not %2")
                             .arg(numbers.size())
                             .arg(m_dimension));
        }
        double square = 0.0;
        for (const QJsonValue &number : numbers) {
            if (!number.isDouble() || !std::isfinite(float(number.toDouble())))
                return wrong(QStringLiteral("a vector with an element that is no number"));
            out[at].push_back(float(number.toDouble()));
            square += number.toDouble() * number.toDouble();
        }
        const float scale = square > 0.0 ? float(1.0 / std::sqrt(square)) : 0.0F;
        for (float &x : out[at])
            x *= scale;
    }
    return out;
}

} // namespace vexfs::daemon
