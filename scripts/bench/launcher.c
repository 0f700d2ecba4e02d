/* Starts commands by turns, in random order, and measures each: wall time, CPU time and peak memory of the child alone.
 * A parent in C, since wait4 counts the pages that a child has before exec, which are its parent's.
 *
 * usage: launcher RUNS < jobs      prints "JOB WALL_MS CPU_MS PEAK_KIB FAULTS FAILED" for each run
 * A job is a few lines: "= file for stdin", "* processes at once", "- folder to empty before each run", "+ argument" and
 * "$ NAME=value", each once or more; the next "=" begins the next job. */

#define _XOPEN_SOURCE 700
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

pid_t wait4(pid_t, int *, int, struct rusage *);

#define MOST 64
struct job {
  char *input, *empty, *args[MOST], *env[MOST];
  int argc, envc, at_once;
};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static double milliseconds(struct timeval t) { return t.tv_sec * 1e3 + t.tv_usec / 1e3; }

static int delete(const char *path, const struct stat *s, int type, struct FTW *ftw) {
  (void)s, (void)type;
  return ftw->level > 0 ? remove(path) : 0;
}

static void start(struct job *job) {
  pid_t child = fork();
  if (child != 0) return;
  dup2(open(job->input, O_RDONLY), 0);
  dup2(open("/dev/null", O_WRONLY), 1);
  dup2(open("/dev/null", O_WRONLY), 2);
  execve(job->args[0], job->args, job->env);
  _exit(127);
}

static void run(int number, struct job *job, int report) {
  if (job->empty) nftw(job->empty, delete, 16, FTW_DEPTH | FTW_PHYS);
  double begin = now(), cpu = 0;
  long peak = 0, faults = 0;
  int failed = 0;
  for (int i = 0; i < job->at_once; i++) start(job);
  for (int i = 0; i < job->at_once; i++) {
    int status;
    struct rusage usage;
    wait4(-1, &status, 0, &usage);
    cpu += milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
    if (usage.ru_maxrss > peak) peak = usage.ru_maxrss;
    faults += usage.ru_minflt;
    failed += status != 0;
  }
  if (report) printf("%d %.3f %.3f %ld %ld %d\n", number, now() - begin, cpu, peak, faults, failed);
}

int main(int argc, char **argv) {
  static struct job jobs[MOST];
  int count = 0, runs = argc > 1 ? atoi(argv[1]) : 1;
  char line[8192];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    char *value = strdup(line + 2);
    if (line[0] == '=') jobs[count++] = (struct job){.input = value, .at_once = 1};
    struct job *job = &jobs[count - 1];
    if (line[0] == '*') job->at_once = atoi(value);
    if (line[0] == '-') job->empty = value;
    if (line[0] == '+') job->args[job->argc++] = value;
    if (line[0] == '$') job->env[job->envc++] = value;
  }
  int order[MOST];
  for (int i = 0; i < count; i++) order[i] = i;
  for (int r = -2; r < runs; r++) {
    /* In a new order each time: what ran before leaves its traces in the processor's caches. */
    for (int i = count - 1; i > 0; i--) {
      int j = rand() % (i + 1), other = order[j];
      order[j] = order[i];
      order[i] = other;
    }
    for (int i = 0; i < count; i++) run(order[i], &jobs[order[i]], r >= 0);
  }
}
