/* The model of tests/spin on a compiled deployment: explores it and prints "states transitions
 * seconds", and writes the same in Promela.
 * usage: model DEPLOYMENT MAINS STANDBYS LIMIT FILE.pml */
#include <stdio.h>
#include <stdlib.h>

#include "runtime/deployment.h"
#include "runtime/sim/stopwatch.h"
#include "tests/spin/model.h"

int main(int argc, char **argv)
{
    char error[TEXT_BYTES_MAX];
    if (argc != 6)
        return 2;
    const struct deployment *deployment = deployment_open(argv[1], error);
    FILE *out = fopen(argv[5], "we");
    if (deployment == NULL || out == NULL)
        return 3;
    const struct image *image = deployment_image(deployment);
    const struct model model = {.machine = &deployment->machines[image_failovers(image)[0].machine],
                                .mains = (uint32_t)atoi(argv[2]),
                                .standbys = (uint32_t)atoi(argv[3]),
                                .limit = (uint32_t)atoi(argv[4])};
    struct model_counts counts;
    model_write_promela(&model, out);
    if (fclose(out) != 0 || model.mains < 1 || model.mains > MODEL_MAINS_MAX)
        return 3;
    const double begin_s = stopwatch_s();
    model_explore(&model, UINT32_MAX, &counts);
    printf("%llu %llu %.3f\n", (unsigned long long)counts.states,
           (unsigned long long)counts.transitions, stopwatch_s() - begin_s);
    return counts.complete ? 0 : 3;
}
