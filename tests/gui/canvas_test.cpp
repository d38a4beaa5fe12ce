// SPDX-License-Identifier: Apache-2.0
//
// Goal: what is hovered, chosen and reached by keys is what is seen, with any number of points.
// Method: real mouse and key events on an offscreen widget; a look at all points judges the grid.
#include "gui/widgets/map_canvas.h"

#include <QSignalSpy>
#include <QTest>

#include <random>

using namespace vexfs::gui;

namespace {

std::vector<CanvasPoint> randomPoints(size_t count)
{
    std::mt19937 random(11);
    std::normal_distribution<float> spread(0.0F, 1.0F);
    std::vector<CanvasPoint> points;
    for (size_t i = 0; i < count; ++i) {
        const auto group = quint32(i % 9);
        points.push_back({spread(random) + float(group % 3) * 6,
                          spread(random) + float(group / 3) * 6, group, 0});
    }
    return points;
}

QList<int> allIn(const MapCanvas &canvas, const QRectF &area)
{
    QList<int> inside;
    for (int i = 0; i < canvas.pointCount(); ++i) {
        if (area.contains(canvas.placeOf(i)))
            inside.append(i);
    }
    return inside;
}

} // namespace

class CanvasTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_canvas = std::make_unique<MapCanvas>();
        m_canvas->resize(600, 400);
        m_canvas->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_canvas.get()));
    }

    void whatStaysDoesNotMove()
    {
        std::vector<CanvasPoint> points = randomPoints(1000);
        m_canvas->setPoints(points);
        std::vector<QPointF> places;
        for (int i = 0; i < m_canvas->pointCount(); ++i)
            places.push_back(m_canvas->placeOf(i));
        // A few of them, hollow; then all again.
        std::vector<CanvasPoint> few(points.begin() + 100, points.begin() + 110);
        for (CanvasPoint &each : few)
            each.group |= kHollowPoint;
        m_canvas->setPoints(few);
        m_canvas->setCurrent(9);
        m_canvas->setCurrent(10);
        QCOMPARE(m_canvas->current(), -1);
        for (int i = 0; i < m_canvas->pointCount(); ++i)
            QCOMPARE(m_canvas->placeOf(i), places[size_t(i) + 100]);
        m_canvas->grab();
        m_canvas->setPoints(points);
        QCOMPARE(m_canvas->placeOf(0), places[0]);
        // What would be out of sight is brought into it, as long as all was seen.
        points.push_back({1e4F, 1e4F, 0, 0});
        m_canvas->setPoints(points);
        QVERIFY(m_canvas->rect().contains(m_canvas->placeOf(1000).toPoint()));
        m_canvas->zoom(2, QPointF(10, 10));
        const QPointF before = m_canvas->placeOf(0);
        points.push_back({-1e4F, 1e4F, 0, 0});
        m_canvas->setPoints(points);
        QCOMPARE(m_canvas->placeOf(0), before);
    }

    void aRectangleChoosesWhatIsInIt_data()
    {
        QTest::addColumn<int>("count");
        for (const int count : {0, 1, 50, 20'000, 300'000})
            QTest::addRow("%d points", count) << count;
    }
    void aRectangleChoosesWhatIsInIt()
    {
        QFETCH(int, count);
        m_canvas->setPoints(randomPoints(size_t(count)));
        QSignalSpy changed(m_canvas.get(), &MapCanvas::selectionChanged);
        QTest::mousePress(m_canvas.get(), Qt::LeftButton, Qt::ShiftModifier, QPoint(100, 50));
        QTest::mouseMove(m_canvas.get(), QPoint(200, 200));
        QTest::mouseMove(m_canvas.get(), QPoint(350, 300));
        QTest::mouseRelease(m_canvas.get(), Qt::LeftButton, Qt::ShiftModifier, QPoint(350, 300));
        QCOMPARE(changed.size(), 1);
        QCOMPARE(m_canvas->selection(), allIn(*m_canvas, QRectF(100, 50, 250, 250)));
        QVERIFY(count < 50 || !m_canvas->selection().isEmpty());
        m_canvas->grab();
    }

    void keysReachEverything()
    {
        std::vector<CanvasPoint> points = randomPoints(100);
        points[20].score = 0.5F;
        points[70].score = 0.9F;
        points.push_back({40, 40, 0, 0});
        m_canvas->setPoints(points);
        const auto press = [this](Qt::Key key, Qt::KeyboardModifiers with = Qt::NoModifier) {
            QTest::keyClick(m_canvas.get(), key, with);
            return m_canvas->current();
        };
        // What is pointed out, there and back and around.
        QCOMPARE(press(Qt::Key_N), 20);
        QCOMPARE(press(Qt::Key_N), 70);
        QCOMPARE(press(Qt::Key_N), 20);
        QCOMPARE(press(Qt::Key_N, Qt::ShiftModifier), 70);
        QCOMPARE(press(Qt::Key_N, Qt::ShiftModifier), 20);
        // To one that is out of sight, which comes into it.
        m_canvas->zoom(8, m_canvas->placeOf(20));
        QVERIFY(!m_canvas->rect().contains(m_canvas->placeOf(100).toPoint()));
        for (int i = 0; i < 200 && m_canvas->current() != 100; ++i) {
            press(i % 2 == 0 ? Qt::Key_Right : Qt::Key_Down);
            QVERIFY(m_canvas->rect().contains(m_canvas->placeOf(m_canvas->current()).toPoint()));
        }
        QCOMPARE(m_canvas->current(), 100);
        // The tools, and out of what was begun.
        QSignalSpy tools(m_canvas.get(), &MapCanvas::toolChanged);
        press(Qt::Key_L);
        QCOMPARE(m_canvas->tool(), MapCanvas::Tool::Lasso);
        press(Qt::Key_R);
        QCOMPARE(m_canvas->tool(), MapCanvas::Tool::Rectangle);
        press(Qt::Key_Space);
        QCOMPARE(m_canvas->selection(), QList<int>{100});
        press(Qt::Key_Escape);
        QVERIFY(m_canvas->selection().isEmpty());
        QCOMPARE(m_canvas->tool(), MapCanvas::Tool::Rectangle);
        press(Qt::Key_Escape);
        QCOMPARE(m_canvas->tool(), MapCanvas::Tool::Pan);
        QCOMPARE(tools.size(), 3);
        // Shift adds to what is chosen, and takes away.
        m_canvas->showAll();
        const auto click = [this](int number, Qt::KeyboardModifiers with) {
            QTest::mouseClick(m_canvas.get(), Qt::LeftButton, with,
                              m_canvas->placeOf(number).toPoint());
        };
        click(100, Qt::NoModifier);
        const int other = m_canvas->pointAt(m_canvas->placeOf(20).toPoint());
        click(20, Qt::ShiftModifier);
        QCOMPARE(m_canvas->selection(), (QList<int>{100, other}));
        click(20, Qt::ShiftModifier);
        QCOMPARE(m_canvas->selection(), QList<int>{100});
    }

    void aLassoChoosesWhatItEncloses()
    {
        m_canvas->setPoints({{0, 0, 0, 0}, {10, 0, 0, 0}, {0, 10, 0, 0}, {10, 10, 0, 0}});
        const QPointF first = m_canvas->placeOf(0);
        m_canvas->setTool(MapCanvas::Tool::Lasso);
        const auto corner = [&](int x, int y) { return (first + QPointF(x, y)).toPoint(); };
        QTest::mousePress(m_canvas.get(), Qt::LeftButton, {}, corner(-15, -15));
        for (const QPoint &each : {corner(15, -15), corner(15, 15), corner(-15, 15)})
            QTest::mouseMove(m_canvas.get(), each);
        QTest::mouseRelease(m_canvas.get(), Qt::LeftButton, {}, corner(-15, 15));
        QCOMPARE(m_canvas->selection(), QList<int>{0});
    }

    void thePointUnderTheMouseIsTold()
    {
        m_canvas->setPoints(randomPoints(5000));
        QSignalSpy hovered(m_canvas.get(), &MapCanvas::hoverChanged);
        m_canvas->zoom(8, m_canvas->placeOf(17));
        QTest::mouseMove(m_canvas.get(), QPoint(1, 1));
        QTest::mouseMove(m_canvas.get(), m_canvas->placeOf(17).toPoint());
        QVERIFY(m_canvas->hovered() >= 0);
        const QPointF way = m_canvas->placeOf(m_canvas->hovered()) - m_canvas->placeOf(17);
        QVERIFY(way.manhattanLength() < 3);
        QVERIFY(!hovered.isEmpty());
    }

    void draggingMovesAndTheWheelKeepsWhatIsBelowIt()
    {
        m_canvas->setPoints(randomPoints(100));
        const QPointF before = m_canvas->placeOf(3);
        QTest::mousePress(m_canvas.get(), Qt::LeftButton, {}, QPoint(50, 50));
        QTest::mouseMove(m_canvas.get(), QPoint(90, 70));
        QTest::mouseRelease(m_canvas.get(), Qt::LeftButton, {}, QPoint(90, 70));
        QCOMPARE((m_canvas->placeOf(3) - before).toPoint(), QPoint(40, 20));
        const QPointF fixed = m_canvas->placeOf(5);
        m_canvas->zoom(3, fixed);
        QVERIFY((m_canvas->placeOf(5) - fixed).manhattanLength() < 0.01);
        QTest::keyClick(m_canvas.get(), Qt::Key_Home);
        QVERIFY((m_canvas->placeOf(3) - before).manhattanLength() < 0.01);
    }

    void keysGoFromPointToPoint()
    {
        m_canvas->setPoints({{0, 0, 0, 0}, {10, 0, 0, 0}, {0, 10, 0, 0}, {10, 10, 0, 0}});
        QSignalSpy activated(m_canvas.get(), &MapCanvas::activated);
        QTest::keyClick(m_canvas.get(), Qt::Key_Up);
        QTest::keyClick(m_canvas.get(), Qt::Key_Left);
        QTest::keyClick(m_canvas.get(), Qt::Key_Left);
        QCOMPARE(m_canvas->current(), 0);
        QTest::keyClick(m_canvas.get(), Qt::Key_Right);
        QCOMPARE(m_canvas->current(), 1);
        QTest::keyClick(m_canvas.get(), Qt::Key_Down);
        QCOMPARE(m_canvas->current(), 3);
        QTest::keyClick(m_canvas.get(), Qt::Key_Space);
        QCOMPARE(m_canvas->selection(), QList<int>{3});
        QTest::keyClick(m_canvas.get(), Qt::Key_Space);
        QVERIFY(m_canvas->selection().isEmpty());
        QTest::keyClick(m_canvas.get(), Qt::Key_Return);
        QCOMPARE(activated.size(), 1);
    }

    void labelsAtTheEdgeAndOnEachOtherAreSeen()
    {
        m_canvas->setPoints({{0, 0, 0, 0}, {10, 10, 1, 0}});
        const QPointF corner(0, 0);
        const QString text = QStringLiteral("a name that is as long as some are");
        QImage last = m_canvas->grab().toImage();
        QList<CanvasLabel> labels;
        for (int i = 0; i < 2; ++i) {
            labels.append({corner, text});
            m_canvas->setLabels(labels);
            const QImage now = m_canvas->grab().toImage();
            QVERIFY(now != last);
            last = now;
        }
        // Of a place that is not in view.
        labels.append({QPointF(-1000, 5), text});
        m_canvas->setLabels(labels);
        QCOMPARE(m_canvas->grab().toImage(), last);
    }

    void pointsInOnePlaceAreShown()
    {
        m_canvas->setPoints(std::vector<CanvasPoint>(30'000, CanvasPoint{2, 2, kNoGroup, 1}));
        m_canvas->setLabels({{QPointF(2, 2), QStringLiteral("all of them")}});
        const QImage picture = m_canvas->grab().toImage();
        QVERIFY(picture.pixelColor(5, 5) != picture.pixelColor(m_canvas->placeOf(0).toPoint()));
        m_canvas->setPoints({});
        QCOMPARE(m_canvas->pointAt(QPointF(10, 10)), -1);
        m_canvas->grab();
    }

private:
    std::unique_ptr<MapCanvas> m_canvas;
};

QTEST_MAIN(CanvasTest)
#include "canvas_test.moc"
