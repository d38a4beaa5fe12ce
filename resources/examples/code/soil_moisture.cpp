// Reads the moisture of the raised beds and opens the valve of the drip hose when the soil is dry.
#include <cstdio>

struct Bed
{
    const char *name;
    int dryBelow; // reading of the probe, 0 (dust) to 1023 (water)
};

constexpr Bed kBeds[] = {{"tomatoes", 420}, {"beans", 380}, {"lettuce", 460}};

int readProbe(int index);
void setValve(int index, bool isOpen);

void waterIfDry()
{
    for (int i = 0; i < 3; ++i) {
        const int moisture = readProbe(i);
        const bool isDry = moisture < kBeds[i].dryBelow;
        std::printf("%s: %d%s\n", kBeds[i].name, moisture, isDry ? ", watering" : "");
        setValve(i, isDry);
    }
}
