// SPDX-License-Identifier: Apache-2.0
//
// bench_window paint empty|window STARTED | keys PAUSE_MS | memory COUNT: what the window costs.
//
// paint: milliseconds from STARTED (CLOCK_MONOTONIC, nanoseconds; before this process was begun) to
// the end of the first paint, and to the first page that the daemon's answer shows.
// keys: queries typed a key at a time into the window beside the daemon of this session; the
// processor time of the window's thread from a key to the next, beside the same keys in a field
// alone and the same time without keys, and the longest that one event held the loop.
// memory: the whole window with a map of so many points, which come in sealed memory as the daemon
// hands them over.
#include "common/client/bus_client.h"
#include "common/client/map_points.h"
#include "gui/app/main_window.h"
#include "gui/widgets/map_canvas.h"
#include "tests/gui/fake_client.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QImage>
#include <QLineEdit>
#include <QTest>
#include <QTimer>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace vexfs;
using namespace vexfs::gui;

namespace {

constexpr int kAnswerMs = 20'000;

double clockMs(clockid_t clock)
{
    struct timespec now = {};
    clock_gettime(clock, &now);
    return double(now.tv_sec) * 1e3 + double(now.tv_nsec) / 1e6;
}

double statusMb(const char *key)
{
    QFile status(QStringLiteral("/proc/self/status"));
    if (!status.open(QIODevice::ReadOnly))
        return 0;
    for (const QByteArray &line : status.readAll().split('\n')) {
        if (line.startsWith(key))
            return line.mid(qsizetype(std::strlen(key))).trimmed().split(' ')[0].toDouble() / 1024;
    }
    return 0;
}

double percentile(std::vector<double> all, double share)
{
    if (all.empty())
        return 0;
    std::sort(all.begin(), all.end());
    return all[size_t(share * double(all.size() - 1))];
}

/// Tells how long events take that come from the loop, and when a widget was first painted.
class Watched : public QApplication
{
public:
    using QApplication::QApplication;

    bool notify(QObject *receiver, QEvent *event) override
    {
        const double began = clockMs(CLOCK_MONOTONIC);
        ++m_depth;
        const bool done = QApplication::notify(receiver, event);
        --m_depth;
        m_hasPainted = m_hasPainted || event->type() == QEvent::Paint;
        const double now = clockMs(CLOCK_MONOTONIC);
        // A window is painted within one event, and handed to the screen at its end.
        if (m_depth == 0 && m_hasPainted && m_painted == 0)
            m_painted = now;
        if (m_depth == 0)
            m_longest = std::max(m_longest, now - began);
        return done;
    }
    double painted() const { return m_painted; }
    double longest() const { return m_longest; }
    void forgetLongest() { m_longest = 0; }

private:
    int m_depth = 0;
    bool m_hasPainted = false;
    double m_painted = 0;
    double m_longest = 0;
};

int paint(Watched &app, bool isEmpty, double started)
{
    std::unique_ptr<client::BusClient> client;
    std::unique_ptr<QMainWindow> window;
    double answered = 0;
    if (isEmpty) {
        window = std::make_unique<QMainWindow>();
    } else {
        client = std::make_unique<client::BusClient>();
        auto whole = std::make_unique<MainWindow>(*client, QString());
        QObject::connect(&whole->service(), &Service::availabilityChanged, &app,
                         [&] { answered = clockMs(CLOCK_MONOTONIC); });
        window = std::move(whole);
    }
    window->resize(1080, 684);
    window->show();
    QTimer ask;
    QObject::connect(&ask, &QTimer::timeout, &app, [&] {
        if (app.painted() > 0 && (isEmpty || answered > 0))
            QApplication::quit();
    });
    ask.start(1);
    QTimer::singleShot(kAnswerMs, &app, [] { QApplication::exit(1); });
    if (QApplication::exec() != 0)
        return 1;
    std::printf("%.1f %.1f\n", app.painted() - started, isEmpty ? 0 : answered - started);
    return 0;
}

const char *const kQueries[] = {"car repair bill", "insurance letter", "garden plan",
                                "train to the sea", "meeting budget", "tax return 2024"};

/// Processor time of this thread from each key to the next one.
std::vector<double> typed(QWidget &field, const std::function<void()> &clear, int pauseMs)
{
    std::vector<double> ms;
    for (const char *query : kQueries) {
        clear();
        QTest::qWait(600);
        for (const char *at = query; *at != 0; ++at) {
            const double began = clockMs(CLOCK_THREAD_CPUTIME_ID);
            QTest::keyClick(&field, *at);
            QTest::qWait(pauseMs);
            ms.push_back(clockMs(CLOCK_THREAD_CPUTIME_ID) - began);
        }
    }
    return ms;
}

double mean(const std::vector<double> &all)
{
    double sum = 0;
    for (const double each : all)
        sum += each;
    return all.empty() ? 0 : sum / double(all.size());
}

void tell(const char *what, const std::vector<double> &ms)
{
    std::printf("%-34s mean %5.2f ms, median %5.2f, 95 %% below %5.2f, most %5.2f (%zu)\n", what,
                mean(ms), percentile(ms, 0.5), percentile(ms, 0.95), percentile(ms, 1), ms.size());
}

int keys(Watched &app, int pauseMs)
{
    QMainWindow alone;
    auto *plain = new QLineEdit;
    alone.setCentralWidget(plain);
    alone.show();
    plain->setFocus();
    const auto bare = typed(*plain, [plain] { plain->clear(); }, pauseMs);
    alone.hide();

    client::BusClient client;
    MainWindow window(client, QString());
    window.show();
    QLineEdit *field = nullptr;
    for (QLineEdit *each : window.findChildren<QLineEdit *>()) {
        if (each->accessibleName() == QLatin1String("Search"))
            field = each;
    }
    QElapsedTimer wait;
    wait.start();
    while (!window.service().current() && wait.elapsed() < kAnswerMs)
        QTest::qWait(20);
    if (!field || !window.service().current()) {
        std::fprintf(stderr, "bench_window: the daemon does not answer\n");
        return 1;
    }
    // The first time icons, types and fonts are read.
    typed(*field, [field] { field->clear(); }, pauseMs);
    field->clear();
    QTest::qWait(600);
    std::vector<double> idle;
    for (size_t i = 0; i < bare.size(); ++i) {
        const double began = clockMs(CLOCK_THREAD_CPUTIME_ID);
        QTest::qWait(pauseMs);
        idle.push_back(clockMs(CLOCK_THREAD_CPUTIME_ID) - began);
    }
    qsizetype hits = 0;
    QObject::connect(&window.searchModel(), &SearchModel::stateChanged, &app,
                     [&] { hits += window.searchModel().rowCount(); });
    app.forgetLongest();
    const auto full = typed(*field, [field] { field->clear(); }, pauseMs);
    if (hits == 0) {
        std::fprintf(stderr, "bench_window: nothing was found while typing\n");
        return 1;
    }
    std::printf("a key each %d ms, processor time of the window's thread until the next:\n",
                pauseMs);
    tell("  a field alone", bare);
    tell("  the window, no key", idle);
    tell("  the window, searching", full);
    std::printf("  searching as one types adds %.2f ms a key; longest event %.1f ms; files of %s\n",
                mean(full) - mean(bare) - (mean(idle) - 0), app.longest(),
                qPrintable(QLocale::c().toString(qulonglong(
                    window.service().current()->index.files))));
    return 0;
}

// What the daemon hands over: a sealed file of records, read as the client reads them.
base::Result<client::MapPoints> handedOver(size_t count)
{
    constexpr size_t kStride = 24;
    const int fd = memfd_create("bench-map", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    QFile file;
    if (fd < 0 || !file.open(fd, QIODevice::WriteOnly))
        return base::fail(base::Errc::Failed, QStringLiteral("no memory file"));
    struct
    {
        quint64 id;
        float x, y;
        quint32 cluster, flags;
    } record = {};
    static_assert(sizeof record == kStride);
    for (size_t i = 0; i < count; ++i) {
        const auto group = quint32(i % 60);
        record = {i + 1, float(group % 8) * 4 + float(i * 7919 % 10007) / 3000,
                  float(group / 8) * 4 + float(i * 104729 % 10009) / 3000, group, 0};
        file.write(reinterpret_cast<const char *>(&record), kStride);
    }
    file.close();
    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
    auto points = client::readMapPoints(
        fd, {{QStringLiteral("count"), qulonglong(count)},
             {QStringLiteral("stride"), uint(kStride)},
             {QStringLiteral("generation"), qulonglong(1)},
             {QStringLiteral("projection"), QStringLiteral("umap")}});
    close(fd);
    return points;
}

int memory(size_t count)
{
    const double before = statusMb("VmRSS:");
    test::FakeClient client;
    MainWindow window(client, QString());
    window.show();
    QTest::qWait(50);
    client::VolumeInfo volume;
    volume.object = QStringLiteral("/volumes/1");
    volume.label = QStringLiteral("Documents");
    volume.mountUris = QStringList{QStringLiteral("file:///mnt")};
    client::Inventory inventory;
    inventory.volumes = {volume};
    if (client.inventories.empty())
        return 1;
    client.inventories.back().answer(inventory);
    QTest::qWait(50);
    window.showPage(MainWindow::Map);
    QTest::qWait(50);
    if (client.maps.empty())
        return 1;
    const double without = statusMb("VmRSS:");
    const auto points = handedOver(count);
    if (!points) {
        std::fprintf(stderr, "bench_window: %s\n", qPrintable(points.error().what));
        return 1;
    }
    client.maps.back().answer(*points);
    QTest::qWait(50);
    auto *canvas = window.findChild<MapCanvas *>();
    QImage image(window.size(), QImage::Format_RGB32);
    for (int i = 0; i < 10; ++i) {
        canvas->pan({3, 2});
        window.render(&image);
    }
    if (!canvas->isVisible() || size_t(canvas->pointCount()) != count)
        return 1;
    std::printf("whole window, map of %zu points: %.0f MB resident, at most %.0f; %.0f without "
                "points, %.0f before the window\n",
                count, statusMb("VmRSS:"), statusMb("VmHWM:"), without, before);
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    Watched app(argc, argv);
    setvbuf(stdout, nullptr, _IOLBF, 0);
    const QStringList words = QApplication::arguments();
    if (argc == 4 && words[1] == QLatin1String("paint"))
        return paint(app, words[2] == QLatin1String("empty"), words[3].toDouble() / 1e6);
    if (argc == 3 && words[1] == QLatin1String("keys"))
        return keys(app, words[2].toInt());
    if (argc == 3 && words[1] == QLatin1String("memory"))
        return memory(words[2].toULongLong());
    std::fprintf(stderr, "usage: bench_window paint empty|window STARTED | keys PAUSE_MS | "
                         "memory COUNT\n");
    return 2;
}
