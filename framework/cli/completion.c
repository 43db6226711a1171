/* auxfuse completion: a script for the shell. */
#include "cli/common.h"
#include "cli/verbs.h"
#include "core/error.h"

#include <stdio.h>
#include <string.h>

static void words(const char *separator)
{
    size_t count;
    const axf_verb *const *verbs = axf_verbs(&count);
    for (size_t i = 0; i < count; i++) {
        printf("%s%s", i > 0 ? separator : "", verbs[i]->name);
    }
}

static int run(int argc, char **argv)
{
    const char *shell = argc == 2 ? argv[1] : "";
    if (strcmp(shell, "bash") == 0) {
        printf("_auxfuse() {\n  local word=${COMP_WORDS[COMP_CWORD]}\n  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
               "    COMPREPLY=($(compgen -W '");
        words(" ");
        printf(
            "' -- \"$word\"))\n  elif [ \"${COMP_WORDS[1]}\" = plugins ]; then\n"
            "    COMPREPLY=($(compgen -W \"$(auxfuse plugins 2>/dev/null | sed -n 's/^  \\([^ ]*\\).*/\\1/p')\" -- "
            "\"$word\"))\n"
            "  else\n    COMPREPLY=($(compgen -f -- \"$word\"))\n  fi\n}\ncomplete -o filenames -F _auxfuse auxfuse\n");
    } else if (strcmp(shell, "zsh") == 0) {
        printf("#compdef auxfuse\nif (( CURRENT == 2 )); then\n  compadd ");
        words(" ");
        printf("\nelse\n  _files\nfi\n");
    } else if (strcmp(shell, "fish") == 0) {
        printf("complete -c auxfuse -n __fish_use_subcommand -f -a '");
        words(" ");
        printf("'\n");
    } else {
        return axf_cli_fail(axf_fail(AXF_ERR_USAGE, "expected completion bash, zsh or fish"));
    }
    return 0;
}

const axf_verb axf_verb_completion = {"completion", "bash | zsh | fish", "Prints a completion script for the shell",
                                      run, "bash:  source <(auxfuse completion bash)\n"};
