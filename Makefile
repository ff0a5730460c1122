# meshfs. Targets: all check demo deps install uninstall asan tsan layers format bench clean
#
#	V=1              shows the commands
#	CC=gcc|clang     the compiler
#	SAN=asan|tsan    a build with sanitizers, in a folder of its own
#	LIBFUSE=         empty: the system's where it is 3.17 or newer, else the source package of Debian 13, static;
#	                 system: the system's in any case; sid: the source package of Debian unstable, static

version := 0.1.0

V ?=
SAN ?=
LIBFUSE ?=
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share
SBINDIR ?= /sbin# the only place where mount(8) looks for mount.meshfs
ifeq ($(origin CC),default)
CC := gcc
endif

ifeq ($(V),)
Q := @
say = @printf '  %-5s %s\n' $(1) $(2)
MAKEFLAGS += --no-print-directory
else
Q :=
say = @:
endif

# libfuse: a suite to build it from, or the system's.
ifeq ($(LIBFUSE),)
fuse := $(if $(shell pkg-config --atleast-version=3.17 fuse3 2>/dev/null && echo yes),system,trixie)
else
fuse := $(LIBFUSE)
endif
ifeq ($(filter $(fuse),system trixie sid),)
$(error LIBFUSE is "$(LIBFUSE)", not one of: system trixie sid)
endif
fuse_dir := build/libfuse$(if $(filter sid,$(fuse)),-sid)
fuse_stamp := $(if $(filter system,$(fuse)),,$(fuse_dir)/stamp)

variant := $(or $(SAN),plain)$(if $(findstring clang,$(CC)),$(if $(filter fuzz,$(SAN)),,-clang))
variant := $(variant)$(if $(filter trixie,$(fuse)),,-$(fuse))
out := build/$(variant)

# Sources: what lies in the tree is built.
sources := $(sort $(wildcard catalog/*.c catalog/*/*.c fs/*.c fs/*/*.c))
library := $(filter-out fs/main.c,$(sources))
support := $(sort $(wildcard tests/lib/*.c))
units := $(patsubst %.c,%,$(sort $(wildcard tests/unit/test_*.c)))
tools := $(patsubst %.c,%,$(sort $(wildcard tests/mount/*.c tests/fault/*.c tests/bench/*.c)))
fuzzers := $(patsubst %.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
embedded := $(patsubst %,build/gen/%.h,$(notdir $(wildcard catalog/*/*.sql)))
formatted = $(wildcard catalog/*.[ch] catalog/*/*.[ch] fs/*.[ch] fs/*/*.[ch] tests/*/*.[ch])

object = $(patsubst %,$(out)/%.o,$(basename $(1)))

# Flags. Those that a packager sets (CPPFLAGS CFLAGS LDFLAGS) come last, and so win.
warnings := -Wall -Wextra -Wshadow -Wmissing-prototypes -Werror
opt := -O2
harden := -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
san_compile :=
san_link :=
ifeq ($(SAN),asan)
san_compile := -fsanitize=address,undefined
else ifeq ($(SAN),tsan)
san_compile := -fsanitize=thread
else ifeq ($(SAN),fuzz)
CC := clang
san_compile := -fsanitize=fuzzer-no-link,address,undefined
san_link := -fsanitize=fuzzer,address,undefined
else ifneq ($(SAN),)
$(error SAN is "$(SAN)", not one of: asan tsan fuzz)
endif
ifneq ($(SAN),)
harden :=
opt := -O1 -fno-omit-frame-pointer
san_compile += $(if $(filter tsan,$(SAN)),,-fno-sanitize-recover=all)
endif
ifeq ($(findstring -O0,$(CFLAGS)),-O0)
harden :=
endif

packages := sqlite3 yaml-0.1 jansson libcrypto zlib libzstd libpq
ifeq ($(fuse),system)
packages += fuse3
fuse_cflags :=
fuse_libs :=
else
fuse_cflags = -isystem $(fuse_dir)/include/fuse3
fuse_libs = $(fuse_dir)/lib/libfuse3.a $(shell cat $(fuse_dir)/libs)
endif
package_cflags := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(packages) 2>/dev/null))
package_libs := $(shell pkg-config --libs $(packages) 2>/dev/null)

compile = $(CC) -std=gnu17 -D_GNU_SOURCE -DMESHFS_VERSION=\"$(version)\" -I. -Ibuild/gen $(fuse_cflags) $(package_cflags) \
	$(opt) -g -pthread -fPIE $(harden) $(san_compile) $(warnings) $(CPPFLAGS) $(CFLAGS)
link = $(CC) $(opt) -g -pthread -pie -Wl,-z,relro,-z,now $(san_compile) $(CFLAGS) $(LDFLAGS)
libs = $(fuse_libs) $(package_libs) -lpthread -ldl -lm

.PHONY: all check demo deps install uninstall asan tsan fuzz unit tests layers format bench clean distclean \
	fuzzers libfuse folder FORCE
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:

all: $(out)/meshfs
ifeq ($(variant),plain)
all: build/meshfs
endif

build/meshfs: $(out)/meshfs
	$(Q)ln -sf $(variant)/meshfs $@

$(out)/meshfs: $(call object,fs/main.c) $(out)/libmeshfs.a
	$(call say,LINK,$@)
	$(Q)$(link) -o $@ $^ $(libs)

$(out)/libmeshfs.a: $(call object,$(library))
$(out)/libtests.a: $(call object,$(support))
$(out)/%.a:
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $(filter %.o,$^)

$(out)/%.o: %.c $(out)/flags $(fuse_stamp) | $(embedded)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(compile) -MMD -MP -c -o $@ $<

# Called while a sanitizer starts, when instrumented code cannot run yet.
$(out)/tests/lib/oom.o: san_compile :=

# Changes when the compiler or a flag does, and everything is compiled again.
$(out)/flags: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)printf '%s\n' '$(compile) | $(link)' | cmp -s - $@ || printf '%s\n' '$(compile) | $(link)' >$@

$(fuse_stamp): | .ci/libfuse
	$(Q).ci/libfuse $(fuse) $(fuse_dir)

# NAME.sql becomes NAME.sql.h: static const char NAME_sql[], ended by a NUL.
vpath %.sql $(sort $(dir $(wildcard catalog/*/*.sql)))
build/gen/%.sql.h: %.sql
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q){ echo 'static const char $*_sql[] ='; od -An -v -tx1 $< | sed 's/ /\\x/g; s/.*/"&"/'; echo ';'; } >$@.$$$$ && mv $@.$$$$ $@

$(addprefix $(out)/,$(units)): $(out)/%: $(out)/%.o $(out)/libtests.a $(out)/libmeshfs.a
	$(call say,LINK,$@)
	$(Q)$(link) -o $@ $^ $(libs) -lcmocka

# Without oom.c, which would stand in front of the fuzzer's own malloc.
$(addprefix $(out)/,$(fuzzers)): $(out)/%: $(out)/%.o $(call object,$(filter-out %/oom.c,$(support))) $(out)/libmeshfs.a
	$(call say,LINK,$@)
	$(Q)$(link) $(san_link) -o $@ $^ $(libs) -lcmocka

# Programs that the scripts beside them use, found through $$TOOLS.
$(addprefix $(out)/,$(tools)): $(out)/%: $(out)/%.o $(out)/libmeshfs.a
	$(call say,LINK,$@)
	$(Q)$(link) -Wl,--as-needed -o $@ $^ $(libs)

unit: $(addprefix $(out)/,$(units))
	$(Q)BUILD=$(out) tests/run unit

tests: all $(addprefix $(out)/,$(units) $(tools))

fuzz:
	$(Q)$(MAKE) SAN=fuzz fuzzers
	$(Q)BUILD=$$($(MAKE) -s SAN=fuzz folder) tests/run fuzz

fuzzers: $(addprefix $(out)/,$(fuzzers))

deps:
	$(Q)LIBFUSE=$(LIBFUSE) .ci/deps
	$(Q)$(MAKE) libfuse

libfuse: $(fuse_stamp)
	@:

# After deps a new make looks at what is there now.
check: deps
	$(Q)MAKE='$(MAKE)' tests/lib/check.sh

demo: deps
	$(Q)$(MAKE) -j"$$(nproc)" all
	$(Q)MESHFS="$$PWD/$(out)/meshfs" sh examples/demo.sh

asan tsan:
	$(Q)$(MAKE) SAN=$@ tests
	$(Q)BUILD=$$($(MAKE) -s SAN=$@ folder) tests/run unit mount

bench: tests
	$(Q)for script in tests/bench/*.sh; do \
		test -x "$$script" || continue; \
		MESHFS="$$PWD/$(out)/meshfs" TOOLS="$$PWD/$(out)/tests/bench" SRC="$$PWD" "$$script" || exit; \
	done

layers:
	$(Q)tests/lib/layers.sh

format:
	$(Q)clang-format -i $(formatted)

docs := LICENSE README.md

install: all
	install -D -m 755 $(out)/meshfs $(DESTDIR)$(BINDIR)/meshfs
	install -d $(DESTDIR)$(SBINDIR)
	sed 's|^bindir=.*|bindir=$(BINDIR)|' mount-helper.sh >$(DESTDIR)$(SBINDIR)/mount.meshfs
	chmod 755 $(DESTDIR)$(SBINDIR)/mount.meshfs
	install -D -m 644 fs/meshfs.1 $(DESTDIR)$(DATADIR)/man/man1/meshfs.1
	install -D -m 644 fs/completion.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/meshfs
	install -d $(DESTDIR)$(DATADIR)/doc/meshfs
	install -m 644 $(wildcard $(docs)) $(DESTDIR)$(DATADIR)/doc/meshfs/
	rm -rf $(DESTDIR)$(DATADIR)/doc/meshfs/examples
	test ! -d examples || cp -R examples $(DESTDIR)$(DATADIR)/doc/meshfs/examples

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/meshfs $(DESTDIR)$(SBINDIR)/mount.meshfs
	rm -f $(DESTDIR)$(DATADIR)/man/man1/meshfs.1
	rm -f $(DESTDIR)$(DATADIR)/bash-completion/completions/meshfs
	rm -rf $(DESTDIR)$(DATADIR)/doc/meshfs

# Where this build lies.
folder:
	@echo $(out)

# Keeps the libfuse that deps built; distclean does not.
clean:
	$(Q)for f in build/*; do case $$f in build/libfuse*) ;; *) rm -rf "$$f" ;; esac; done

distclean:
	$(Q)rm -rf build

-include $(patsubst %,$(out)/%.d,$(basename $(sources) $(support)) $(units) $(tools) $(fuzzers))
