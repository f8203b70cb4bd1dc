/* understudy words, understudy explain: the two references. */
#include <getopt.h>
#include <stdio.h>

#include "compiler/diag.h"
#include "compiler/front.h"
#include "dsl/dsl.h"

static bool takes_no_options(int argc, char **argv)
{
    static const struct option options[] = {{NULL, 0, NULL, 0}};
    return getopt_long(argc, argv, "", options, NULL) == -1;
}

int verb_words(int argc, char **argv)
{
    static const struct option options[] = {{"markdown", no_argument, NULL, 'm'},
                                            {NULL, 0, NULL, 0}};
    bool markdown = false;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == '?')
            return front_misused("words", "that is no option of this verb");
        markdown = true;
    }
    if (argc - optind > 1 || (markdown && argc > optind))
        return front_misused("words", markdown ? "the page holds all words: name none"
                                               : "at most one word is looked up");
    if (markdown) {
        dsl_print_page(stdout);
        return EXIT_FINE;
    }
    const char *word = optind < argc ? argv[optind] : NULL;
    if (dsl_print_words(stdout, word))
        return EXIT_FINE;
    return front_misused("words", "there is no word \"%s\"; understudy words lists them all", word);
}

int verb_explain(int argc, char **argv)
{
    if (!takes_no_options(argc, argv) || argc - optind != 1)
        return front_misused("explain", "one code is needed, such as E201");
    const char *name;
    const char *text = diag_explain(argv[optind], &name);
    if (text == NULL)
        return front_misused("explain",
                             "there is no code \"%s\"; a message ends with its code, as in [E201]",
                             argv[optind]);
    printf("%s: %s\n", name, text);
    return EXIT_FINE;
}
