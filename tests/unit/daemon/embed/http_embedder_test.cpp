// SPDX-License-Identifier: Apache-2.0
//
// Goal: a model behind HTTP is asked as its dialect wants it, and one that is down, slow, or
// answers nonsense is an error that says so and nothing else. Method: a real server on a socket of
// this machine, which answers what the test tells it.
#include "daemon/embed/remote/http_embedder.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <functional>
#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace vexfs::daemon;
using vexfs::base::Errc;
using namespace Qt::Literals::StringLiterals;

namespace {

struct Request
{
    QByteArray head, body;
};

struct Answer
{
    int status = 200;
    QByteArray body;
    int delayMs = 0;
};

/// Answers one request after another, each on a connection of its own.
class Server
{
public:
    Server()
    {
        m_socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in here{};
        here.sin_family = AF_INET;
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof here;
        EXPECT_EQ(bind(m_socket, reinterpret_cast<sockaddr *>(&here), size), 0);
        EXPECT_EQ(listen(m_socket, 8), 0);
        EXPECT_EQ(getsockname(m_socket, reinterpret_cast<sockaddr *>(&here), &size), 0);
        m_port = ntohs(here.sin_port);
        m_thread = std::thread([this] { serve(); });
    }
    ~Server()
    {
        shutdown(m_socket, SHUT_RDWR);
        m_thread.join();
        close(m_socket);
    }

    QString url(const QString &path) const
    {
        return u"http://127.0.0.1:%1%2"_s.arg(m_port).arg(path);
    }
    void setAnswer(std::function<Answer(const Request &)> answer)
    {
        const std::lock_guard guard(m_mutex);
        m_answer = std::move(answer);
    }
    Request last() const
    {
        const std::lock_guard guard(m_mutex);
        return m_last;
    }
    int count() const { return m_count; }

private:
    int m_socket = -1;
    int m_port = 0;
    mutable std::mutex m_mutex;
    std::function<Answer(const Request &)> m_answer;
    Request m_last;
    std::atomic<int> m_count = 0;
    std::thread m_thread;

    void serve()
    {
        for (int client = -1; (client = accept(m_socket, nullptr, nullptr)) >= 0; close(client))
            talk(client);
    }
    void talk(int client)
    {
        QByteArray bytes;
        char part[65536];
        qsizetype end = -1, length = 0;
        while (end < 0 || bytes.size() < end + 4 + length) {
            const ssize_t got = read(client, part, sizeof part);
            if (got <= 0)
                return;
            bytes.append(part, got);
            end = bytes.indexOf("\r\n\r\n");
            const qsizetype at = bytes.toLower().indexOf("content-length:");
            if (end >= 0 && at >= 0)
                length = bytes.mid(at + 15, bytes.indexOf('\r', at) - at - 15).trimmed().toLong();
        }
        Answer answer;
        {
            const std::lock_guard guard(m_mutex);
            m_last = {bytes.left(end), bytes.mid(end + 4)};
            answer = m_answer(m_last);
        }
        ++m_count;
        std::this_thread::sleep_for(std::chrono::milliseconds(answer.delayMs));
        const QByteArray head = "HTTP/1.1 " + QByteArray::number(answer.status) +
                                " x\r\nContent-Length: " + QByteArray::number(answer.body.size()) +
                                "\r\nConnection: close\r\n\r\n";
        const QByteArray all = head + answer.body;
        [[maybe_unused]] const ssize_t sent =
            send(client, all.constData(), size_t(all.size()), MSG_NOSIGNAL);
    }
};

/// A vector of what can be counted of a text: so that order shows.
QJsonArray vectorOf(const QString &text)
{
    return {3.0, 4.0, double(text.size())};
}

QByteArray openAi(const Request &request)
{
    QJsonArray rows;
    const QJsonArray input = QJsonDocument::fromJson(request.body)[u"input"_s].toArray();
    for (qsizetype i = input.size(); i-- > 0;) // not in order: they are numbered
        rows.append(QJsonObject{{u"index"_s, i}, {u"embedding"_s, vectorOf(input[i].toString())}});
    return QJsonDocument(QJsonObject{{u"data"_s, rows}}).toJson();
}

QByteArray ollama(const Request &request)
{
    QJsonArray rows;
    for (const QJsonValue &text : QJsonDocument::fromJson(request.body)[u"input"_s].toArray())
        rows.append(vectorOf(text.toString()));
    return QJsonDocument(QJsonObject{{u"embeddings"_s, rows}}).toJson();
}

class Http : public testing::Test
{
protected:
    Http()
    {
        m_endpoint.url = m_server.url(u"/v1/embeddings"_s);
        m_endpoint.model = u"some/model"_s;
        m_endpoint.timeout = std::chrono::milliseconds(20'000);
        m_endpoint.firstPause = std::chrono::milliseconds(1);
        m_server.setAnswer([](const Request &request) { return Answer{200, openAi(request)}; });
    }

    std::shared_ptr<HttpEmbedder> opened()
    {
        auto embedder = HttpEmbedder::open(m_endpoint);
        EXPECT_TRUE(embedder) << embedder.error().what.toStdString();
        return embedder ? *embedder : nullptr;
    }

    Server m_server;
    HttpEndpoint m_endpoint;
};

TEST_F(Http, TextsBecomeUnitVectorsInTheirOrder)
{
    for (const auto dialect : {HttpEndpoint::Dialect::OpenAi, HttpEndpoint::Dialect::Ollama}) {
        m_endpoint.dialect = dialect;
        m_server.setAnswer([dialect](const Request &request) {
            return Answer{200, dialect == HttpEndpoint::Dialect::OpenAi ? openAi(request)
                                                                        : ollama(request)};
        });
        const auto embedder = opened();
        ASSERT_TRUE(embedder);
        EXPECT_EQ(embedder->dimension(), 3u);
        EXPECT_TRUE(embedder->id().startsWith("http-some_model-"));
        QVector<std::string_view> texts;
        const std::string letters(80, 'x');
        for (size_t i = 0; i < 80; ++i)
            texts.append(std::string_view(letters).substr(0, i));
        const int before = m_server.count();
        const auto vectors = embedder->embed(texts, EmbedPurpose::Passage);
        ASSERT_TRUE(vectors);
        ASSERT_EQ(vectors->size(), 80);
        EXPECT_EQ(m_server.count() - before, 3) << "in batches";
        for (qsizetype i = 1; i < 80; ++i) {
            const auto &v = (*vectors)[i];
            EXPECT_NEAR(std::hypot(v[0], v[1], v[2]), 1.0, 1e-6);
            EXPECT_NEAR(double(v[2] / v[1]), double(i) / 4.0, 1e-4);
        }
    }
}

TEST_F(Http, TheKeyIsSentAndHasToBeKept)
{
    QTemporaryDir place;
    m_endpoint.keyFile = place.filePath(u"key"_s);
    EXPECT_EQ(HttpEmbedder::open(m_endpoint).error().code, Errc::NotFound);
    QFile file(m_endpoint.keyFile);
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write("secret\n");
    file.close();
    file.setPermissions(QFile::ReadOwner | QFile::ReadOther);
    EXPECT_EQ(HttpEmbedder::open(m_endpoint).error().code, Errc::NotAuthorized);
    EXPECT_EQ(m_server.count(), 0);
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    ASSERT_TRUE(opened());
    EXPECT_TRUE(m_server.last().head.contains("\r\nAuthorization: Bearer secret\r\n"));
    EXPECT_TRUE(m_server.last().head.startsWith("POST /v1/embeddings "));
    EXPECT_EQ(QJsonDocument::fromJson(m_server.last().body)[u"model"_s].toString(),
              u"some/model"_s);
}

TEST_F(Http, WhatMayPassIsTriedAgain)
{
    std::atomic<int> left = 2;
    m_server.setAnswer([&](const Request &request) {
        return left-- > 0 ? Answer{left ? 503 : 429, "busy"} : Answer{200, openAi(request)};
    });
    EXPECT_TRUE(opened());
    EXPECT_EQ(m_server.count(), 3);
    left = 100;
    const auto refused = HttpEmbedder::open(m_endpoint);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::ServiceUnavailable);
    EXPECT_TRUE(refused.error().what.contains(u"503"_s));
    EXPECT_EQ(m_server.count(), 6);
}

TEST_F(Http, RefusalsAreToldAndNotRepeated)
{
    const auto error = [&](int status, const QByteArray &body) {
        m_server.setAnswer([=](const Request &) { return Answer{status, body}; });
        const int before = m_server.count();
        const auto opened = HttpEmbedder::open(m_endpoint);
        EXPECT_FALSE(opened);
        EXPECT_EQ(m_server.count() - before, 1);
        return opened ? vexfs::base::Error() : opened.error();
    };
    EXPECT_EQ(error(401, "{}").code, Errc::NotAuthorized);
    const auto absent = error(404, R"({"error": {"message": "model not found"}})");
    EXPECT_EQ(absent.code, Errc::NoModel);
    EXPECT_TRUE(absent.what.contains(u"model not found"_s));
    EXPECT_EQ(error(302, "elsewhere").code, Errc::NoModel) << "nobody is followed elsewhere";
    for (const char *nonsense :
         {"", "[]", "{\"data\": []}", "{\"data\": [{\"embedding\": []}]}",
          "{\"data\": [{\"embedding\": [1, null]}]}", "{\"data\": [{\"embedding\": [1e300]}]}",
          "{\"data\": [{\"embedding\": [1], \"index\": 7}]}",
          "{\"data\": [{\"embedding\": [1]}, {\"embedding\": [1]}]}"})
        EXPECT_EQ(error(200, nonsense).code, Errc::InvalidVector) << nonsense;
}

TEST_F(Http, AnotherDimensionLaterIsRefused)
{
    const auto embedder = opened();
    ASSERT_TRUE(embedder);
    m_server.setAnswer([](const Request &) {
        return Answer{200, R"({"data": [{"embedding": [1, 2]}]})"};
    });
    EXPECT_EQ(embedder->embed({"x"}, EmbedPurpose::Query).error().code, Errc::InvalidVector);
}

TEST_F(Http, WhoSearchesIsNotKeptWaiting)
{
    m_endpoint.queryTimeout = std::chrono::milliseconds(400);
    const auto embedder = opened();
    ASSERT_TRUE(embedder);
    m_server.setAnswer([](const Request &) { return Answer{503, "busy"}; });
    const int before = m_server.count();
    EXPECT_EQ(embedder->embed({"x"}, EmbedPurpose::Query).error().code, Errc::ServiceUnavailable);
    EXPECT_EQ(m_server.count() - before, 1);
    m_server.setAnswer([](const Request &request) { return Answer{200, openAi(request), 1200}; });
    EXPECT_EQ(embedder->embed({"x"}, EmbedPurpose::Query).error().code, Errc::TimedOut);
    EXPECT_TRUE(embedder->embed({"x"}, EmbedPurpose::Passage));
    // And who no longer waits does not wait.
    m_endpoint.isCancelled = [] { return true; };
    EXPECT_EQ(HttpEmbedder::open(m_endpoint).error().code, Errc::Cancelled);
}

TEST_F(Http, SlowAndAbsentEndpointsEnd)
{
    m_endpoint.timeout = std::chrono::milliseconds(50);
    m_server.setAnswer([](const Request &request) { return Answer{200, openAi(request), 200}; });
    EXPECT_EQ(HttpEmbedder::open(m_endpoint).error().code, Errc::TimedOut);
    m_endpoint.url = u"http://127.0.0.1:1/v1/embeddings"_s;
    EXPECT_EQ(HttpEmbedder::open(m_endpoint).error().code, Errc::ServiceUnavailable);
    for (const QString &url : {u""_s, u"file:///etc/passwd"_s, u"127.0.0.1"_s, u"http://"_s}) {
        m_endpoint.url = url;
        EXPECT_EQ(HttpEmbedder::open(m_endpoint).error().code, Errc::InvalidArgs);
    }
}

} // namespace
