//===- ReservedNames.cpp - names that C and C++ have taken ------*- C++ -*-===//

#include "compiler/lowering/Names.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;

namespace segc {

static const char kKeywords[] = R"(
alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t
char8_t class co_await co_return co_yield compl concept const const_cast consteval constexpr
constinit continue decltype default delete do double dynamic_cast else enum explicit export extern
false float for friend goto if inline int long mutable namespace new noexcept not not_eq nullptr
operator or or_eq private protected public register reinterpret_cast requires restrict return short
signed sizeof static static_assert static_cast struct switch template this thread_local throw true
try typedef typeid typename union unsigned using virtual void volatile wchar_t while xor xor_eq
)";

// What CUDA C++ has in the global namespace, as far as the emulation has it, and its beginnings.
static const char kCudaNames[] = R"(
atomicAdd atomicCAS atomicExch atomicMax atomicMin blockDim blockIdx CUevent* CUgraph* CUstream*
cudaError* cudaEvent* cudaFree* cudaGet* cudaGraph* cudaMalloc* cudaMem* cudaSet* cudaStream*
cudaSuccess dim3 float4 gridDim make_double* make_float* make_int* make_uint* surf1D* surf2D* surf3D*
tex1D* tex2D* tex3D* threadIdx warpSize
)";

// What the headers of C, and those that packages include, declare in the global namespace or define
// as macros (glibc 2.36, GCC 12 and Clang 19, x86-64 and AArch64), what GCC knows without a header
// and warns of, and the headers' own names: a NAME.h would be found in their place.
// tests/lowering/NamesTest.cpp compares it with the headers. A '*' stands for any ending.
static const char kHeaderNames[] = R"(
a64l abi abort abs access ACCESSPERMS acct acos acosf acosh acoshf acoshl acosl adjtime
AIO_PRIO_DELTA_MAX alarm aligned_alloc alloca ALLPERMS arc4random arc4random_buf arc4random_uniform
arm_bf16 arm_fp16 arm_neon asctime asctime_r asin asinf asinh asinhf asinhl asinl asprintf assert
assert_perror at_quick_exit atan atan2 atan2f atan2l atanf atanh atanhf atanhl atanl atexit atof
atoi atol atoll basename BC_BASE_MAX BC_DIM_MAX BC_SCALE_MAX BC_STRING_MAX bcmp bcopy be16toh
be32toh be64toh BIG_ENDIAN BOOL_MAX BOOL_WIDTH brk bsearch btowc BUFSIZ BYTE_ORDER bzero c16rtomb
c32rtomb c8rtomb cabs cabsf cabsl cacos cacosf cacosh cacoshf cacoshl cacosl calloc canonicalize
canonicalize_file_name canonicalizef canonicalizel carg cargf cargl casin casinf casinh casinhf
casinhl casinl catan catanf catanh catanhf catanhl catanl cbrt cbrtf cbrtl ccos ccosf ccosh ccoshf
ccoshl ccosl ceil ceilf ceill cexp cexpf cexpl CHAR_BIT CHAR_MAX CHAR_MIN CHAR_WIDTH
CHARCLASS_NAME_MAX chdir chmod chown chroot cimag cimagf cimagl clearenv clearerr clearerr_unlocked
clock clock_adjtime clock_getcpuclockid clock_getres clock_gettime clock_nanosleep clock_settime
CLOCKS_PER_SEC clog clog10 clog10f clog10l clogf clogl clone close close_range closefrom
COLL_WEIGHTS_MAX complex confstr conj conjf conjl copy_file_range copysign copysignf copysignl cos
cosf cosh coshf coshl cosl cpow cpowf cpowl cproj cprojf cprojl creal crealf creall creat creat64
crypt CSIGNAL csin csinf csinh csinhf csinhl csinl csqrt csqrtf csqrtl ctan ctanf ctanh ctanhf
ctanhl ctanl ctermid ctime ctime_r ctype cuserid daddl daemon daylight dcgettext ddivl DECIMAL_DIG
DEFFILEMODE DELAYTIMER_MAX dfmal dgettext difftime div dmull dprintf drand48 drand48_data drand48_r
drem dremf dreml dsqrtl dsubl dup dup2 dup3 duplocale dysize E2BIG EACCES eaccess EADDRINUSE
EADDRNOTAVAIL EADV EAFNOSUPPORT EAGAIN EALREADY EBADE EBADF EBADFD EBADMSG EBADR EBADRQC EBADSLT
EBFONT EBUSY ECANCELED ECHILD ECHRNG ECOMM ECONNABORTED ECONNREFUSED ECONNRESET ecvt ecvt_r EDEADLK
EDEADLOCK EDESTADDRREQ EDOM EDOTDOT EDQUOT EEXIST EFAULT EFBIG EHOSTDOWN EHOSTUNREACH EHWPOISON
EIDRM EILSEQ EINPROGRESS EINTR EINVAL EIO EISCONN EISDIR EISNAM EKEYEXPIRED EKEYREJECTED EKEYREVOKED
EL2HLT EL2NSYNC EL3HLT EL3RST ELF_NGREG ELF_PRARGSZ elf_prpsinfo elf_prstatus elf_siginfo ELIBACC
ELIBBAD ELIBEXEC ELIBMAX ELIBSCN ELNRNG ELOOP EMEDIUMTYPE EMFILE EMLINK EMSGSIZE EMULTIHOP
ENAMETOOLONG ENAVAIL endian endusershell ENETDOWN ENETRESET ENETUNREACH ENFILE ENOANO ENOBUFS ENOCSI
ENODATA ENODEV ENOENT ENOEXEC ENOKEY ENOLCK ENOLINK ENOMEDIUM ENOMEM ENOMSG ENONET ENOPKG
ENOPROTOOPT ENOSPC ENOSR ENOSTR ENOSYS ENOTBLK ENOTCONN ENOTDIR ENOTEMPTY ENOTNAM ENOTRECOVERABLE
ENOTSOCK ENOTSUP ENOTTY ENOTUNIQ environ ENXIO EOF EOPNOTSUPP EOVERFLOW EOWNERDEAD EPERM
EPFNOSUPPORT EPIPE EPROTO EPROTONOSUPPORT EPROTOTYPE erand48 erand48_r ERANGE EREMCHG EREMOTE
EREMOTEIO ERESTART erf erfc erfcf erfcl erff ERFKILL erfl EROFS errno ESHUTDOWN ESOCKTNOSUPPORT
ESPIPE ESRCH ESRMNT ESTALE ESTRPIPE ETIME ETIMEDOUT ETOOMANYREFS ETXTBSY EUCLEAN euidaccess EUNATCH
EUSERS EWOULDBLOCK EXDEV execl execle execlp execv execve execveat execvp execvpe EXFULL exit
EXIT_FAILURE EXIT_SUCCESS exp exp10 exp10f exp10l exp2 exp2f exp2l expf expl explicit_bzero expm1
expm1f expm1l EXPR_NEST_MAX f32addf128 f32addf32x f32addf64 f32addf64x f32divf128 f32divf32x
f32divf64 f32divf64x f32fmaf128 f32fmaf32x f32fmaf64 f32fmaf64x f32mulf128 f32mulf32x f32mulf64
f32mulf64x f32sqrtf128 f32sqrtf32x f32sqrtf64 f32sqrtf64x f32subf128 f32subf32x f32subf64 f32subf64x
f32xaddf128 f32xaddf64 f32xaddf64x f32xdivf128 f32xdivf64 f32xdivf64x f32xfmaf128 f32xfmaf64
f32xfmaf64x f32xmulf128 f32xmulf64 f32xmulf64x f32xsqrtf128 f32xsqrtf64 f32xsqrtf64x f32xsubf128
f32xsubf64 f32xsubf64x f64addf128 f64addf64x f64divf128 f64divf64x f64fmaf128 f64fmaf64x f64mulf128
f64mulf64x f64sqrtf128 f64sqrtf64x f64subf128 f64subf64x f64xaddf128 f64xdivf128 f64xfmaf128
f64xmulf128 f64xsqrtf128 f64xsubf128 F_ADD_SEALS F_DUPFD F_DUPFD_CLOEXEC F_EXLCK F_LOCK F_NOTIFY
F_OK f_owner_ex F_RDLCK F_SHLCK F_TEST F_TLOCK F_ULOCK F_UNLCK F_WRLCK fabs fabsf fabsl faccessat
fadd faddl fallocate fallocate64 FAPPEND FASYNC fchdir fchmod fchmodat fchown fchownat fclose
fcloseall fcntl fcntl64 fcvt fcvt_r FD_CLOEXEC FD_CLR FD_ISSET fd_mask FD_SET fd_set FD_SETSIZE
FD_ZERO fdatasync fdim fdimf fdiml fdiv fdivl fdopen features features-time64 feclearexcept
fedisableexcept feenableexcept fegetenv fegetexcept fegetexceptflag fegetmode fegetround
feholdexcept fenv feof feof_unlocked feraiseexcept ferror ferror_unlocked fesetenv fesetexcept
fesetexceptflag fesetmode fesetround fetestexcept fetestexceptflag feupdateenv fexecve fflush
fflush_unlocked ffma ffmal ffs ffsimax ffsl ffsll FFSYNC fgetc fgetc_unlocked fgetpos fgetpos64
fgets fgets_unlocked fgetwc fgetwc_unlocked fgetws fgetws_unlocked FILE file_handle FILENAME_MAX
fileno fileno_unlocked finite finitef finitel flock flock64 flockfile floor floorf floorl fma fmaf
fmal fmax fmaxf fmaximum fmaximum_mag fmaximum_mag_num fmaximum_mag_numf fmaximum_mag_numl
fmaximum_magf fmaximum_magl fmaximum_num fmaximum_numf fmaximum_numl fmaximumf fmaximuml fmaxl
fmaxmag fmaxmagf fmaxmagl fmemopen fmin fminf fminimum fminimum_mag fminimum_mag_num
fminimum_mag_numf fminimum_mag_numl fminimum_magf fminimum_magl fminimum_num fminimum_numf
fminimum_numl fminimumf fminimuml fminl fminmag fminmagf fminmagl fmod fmodf fmodl fmul fmull
FNDELAY FNONBLOCK fopen fopen64 FOPEN_MAX fopencookie fork fpathconf fprintf fprintf_unlocked fputc
fputc_unlocked fputs fputs_unlocked fputwc fputwc_unlocked fputws fputws_unlocked fread
fread_unlocked free freelocale freopen freopen64 frexp frexpf frexpl fromfp fromfpf fromfpl fromfpx
fromfpxf fromfpxl fscanf fseek fseeko fseeko64 fsetpos fsetpos64 fsqrt fsqrtl fstat fstat64 fstatat
fstatat64 fsub fsubl fsync ftell ftello ftello64 ftruncate ftruncate64 ftrylockfile funlockfile
futimens futimes futimesat fwide fwprintf fwrite fwrite_unlocked fwscanf gamma gamma_r gammaf
gammaf_r gammal gammal_r gcvt get_current_dir_name getc getc_unlocked getchar getchar_unlocked
getcontext getcpu getcwd getdate getdate_err getdate_r getdelim getdomainname getdtablesize getegid
getentropy getenv geteuid getgid getgroups gethostid gethostname getitimer getline getloadavg
getlogin getlogin_r getopt getpagesize getpass getpayload getpayloadf getpayloadl getpgid getpgrp
getpid getppid getpt getresgid getresuid getsid getsubopt gettext gettid gettimeofday getuid
getumask getusershell getw getwc getwc_unlocked getwchar getwchar_unlocked getwd gmtime gmtime_r
grantpt group_member gsignal HOST_NAME_MAX htobe16 htobe32 htobe64 htole16 htole32 htole64 hypot
hypotf hypotl ilogb ilogbf ilogbl imaxabs imaxdiv index INFINITY initstate initstate_r INT16_C
INT16_MAX INT16_MIN INT16_WIDTH INT32_C INT32_MAX INT32_MIN INT32_WIDTH INT64_C INT64_MAX INT64_MIN
INT64_WIDTH INT8_C INT8_MAX INT8_MIN INT8_WIDTH INT_MAX INT_MIN INT_WIDTH INTMAX_C INTMAX_MAX
INTMAX_MIN INTMAX_WIDTH INTPTR_MAX INTPTR_MIN INTPTR_WIDTH inttypes IOV_MAX iovec isalnum isalnum_l
isalpha isalpha_l isascii isatty isblank isblank_l iscanonical iscntrl iscntrl_l isctype isdigit
isdigit_l iseqsig isgraph isgraph_l isinf isinff isinfl islower islower_l isnan isnanf isnanl iso646
isprint isprint_l ispunct ispunct_l issignaling isspace isspace_l issubnormal isupper isupper_l
iswalnum iswalnum_l iswalpha iswalpha_l iswblank iswblank_l iswcntrl iswcntrl_l iswctype iswctype_l
iswdigit iswdigit_l iswgraph iswgraph_l iswlower iswlower_l iswprint iswprint_l iswpunct iswpunct_l
iswspace iswspace_l iswupper iswupper_l iswxdigit iswxdigit_l isxdigit isxdigit_l iszero ITIMER_PROF
ITIMER_REAL ITIMER_VIRTUAL itimerspec itimerval j0 j0f j0l j1 j1f j1l jmp_buf jn jnf jnl jrand48
jrand48_r kill killpg l64a L_ctermid L_cuserid L_INCR L_SET L_tmpnam L_XTND labs lchmod lchown
lcong48 lcong48_r lconv ldexp ldexpf ldexpl ldiv le16toh le32toh le64toh lgamma lgamma_r lgammaf
lgammaf128_r lgammaf32_r lgammaf32x_r lgammaf64_r lgammaf64x_r lgammaf_r lgammal lgammal_r limits
LINE_MAX link linkat linux LITTLE_ENDIAN llabs lldiv llogb llogbf llogbl LLONG_MAX LLONG_MIN
LLONG_WIDTH llrint llrintf llrintl llround llroundf llroundl locale localeconv localtime localtime_r
lockf lockf64 log log10 log10f log10l log1p log1pf log1pl log2 log2f log2l logb logbf logbl logf
LOGIN_NAME_MAX logl LONG_BIT LONG_LONG_MAX LONG_LONG_MIN LONG_MAX LONG_MIN LONG_WIDTH longjmp
lrand48 lrand48_r lrint lrintf lrintl lround lroundf lroundl lseek lseek64 lstat lstat64 lutimes
M_1_PI M_1_PIf M_1_PIl M_2_PI M_2_PIf M_2_PIl M_2_SQRTPI M_2_SQRTPIf M_2_SQRTPIl M_E M_Ef M_El
M_LN10 M_LN10f M_LN10l M_LN2 M_LN2f M_LN2l M_LOG10E M_LOG10Ef M_LOG10El M_LOG2E M_LOG2Ef M_LOG2El
M_PI M_PI_2 M_PI_2f M_PI_2l M_PI_4 M_PI_4f M_PI_4l M_PIf M_PIl M_SQRT1_2 M_SQRT1_2f M_SQRT1_2l
M_SQRT2 M_SQRT2f M_SQRT2l madvise main makecontext malloc math MATH_ERREXCEPT math_errhandling
MATH_ERRNO MAX_CANON MAX_HANDLE_SZ MAX_INPUT MAXFLOAT MB_CUR_MAX MB_LEN_MAX mblen mbrlen mbrtoc16
mbrtoc32 mbrtoc8 mbrtowc mbsinit mbsnrtowcs mbsrtowcs mbstowcs mbtowc memccpy memchr memcmp memcpy
memfd_create memfrob memmem memmove mempcpy memrchr memset mincore MINSIGSTKSZ mkdir mkdirat mkdtemp
mkfifo mkfifoat mknod mknodat mkostemp mkostemp64 mkostemps mkostemps64 mkstemp mkstemp64 mkstemps
mkstemps64 mktemp mktime mlock mlock2 MLOCK_ONFAULT mlockall mm_malloc mmap mmap64 modf modff modfl
mprotect MQ_PRIO_MAX mrand48 mrand48_r mremap MS_ASYNC MS_INVALIDATE MS_SYNC msync munlock
munlockall munmap NAME_MAX name_to_handle_at NAN nan nanf nanl nanosleep nearbyint nearbyintf
nearbyintl newlocale nextafter nextafterf nextafterl nextdown nextdownf nextdownl nexttoward
nexttowardf nexttowardl nextup nextupf nextupl NFDBITS NGREG NGROUPS_MAX nice NL_ARGMAX NL_LANGMAX
NL_MSGMAX NL_NMAX NL_SETMAX NL_TEXTMAX nrand48 nrand48_r NSIG NULL NZERO O_ACCMODE O_APPEND O_ASYNC
O_CLOEXEC O_CREAT O_DIRECT O_DIRECTORY O_DSYNC O_EXCL O_FSYNC O_LARGEFILE O_NDELAY O_NOATIME
O_NOCTTY O_NOFOLLOW O_NONBLOCK O_PATH O_RDONLY O_RDWR O_RSYNC O_SYNC O_TMPFILE O_TRUNC O_WRONLY
obstack obstack_printf obstack_vprintf offsetof on_exit open open64 open_by_handle_at open_memstream
open_wmemstream openat openat64 optarg opterr optind optopt P_tmpdir PATH_MAX pathconf pause pclose
PDP_ENDIAN perror pipe pipe2 PIPE_BUF PKEY_DISABLE_ACCESS PKEY_DISABLE_WRITE popen pow pow10 pow10f
pow10l powf powl pread pread64 printf printf_unlocked process_madvise process_mrelease profil
program_invocation_name program_invocation_short_name pselect psiginfo psignal pthread PTRDIFF_MAX
PTRDIFF_MIN PTRDIFF_WIDTH ptsname ptsname_r putc putc_unlocked putchar putchar_unlocked putenv puts
puts_unlocked putw putwc putwc_unlocked putwchar putwchar_unlocked pwrite pwrite64 qecvt qecvt_r
qfcvt qfcvt_r qgcvt qsort qsort_r quick_exit R_OK raise rand RAND_MAX rand_r random random_data
random_r rawmemchr RE_DUP_MAX read readahead readlink readlinkat realloc reallocarray realpath
REG_CR2 REG_CSGSFS REG_EFL REG_ERR REG_OLDMASK REG_R10 REG_R11 REG_R12 REG_R13 REG_R14 REG_R15
REG_R8 REG_R9 REG_RAX REG_RBP REG_RBX REG_RCX REG_RDI REG_RDX REG_RIP REG_RSI REG_RSP REG_TRAPNO
remainder remainderf remainderl remap_file_pages remove remquo remquof remquol rename renameat
renameat2 revoke rewind rindex rint rintf rintl rmdir round roundeven roundevenf roundevenl roundf
roundl rpmatch RTSIG_MAX RWF_WRITE_LIFE_NOT_SET S_BLKSIZE sa_handler sa_sigaction sbrk scalb scalbf
scalbl scalbln scalblnf scalblnl scalbn scalbnf scalbnl scanf SCHAR_MAX SCHAR_MIN SCHAR_WIDTH sched
sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getcpu sched_getparam
sched_getscheduler sched_param sched_priority sched_rr_get_interval sched_setaffinity sched_setparam
sched_setscheduler sched_yield secure_getenv seed48 seed48_r SEEK_CUR SEEK_DATA SEEK_END SEEK_HOLE
SEEK_SET segc select SEM_VALUE_MAX setbuf setbuffer setcontext setdomainname setegid setenv seteuid
setgid sethostid sethostname setitimer setjmp setlinebuf setlocale setlogin setns setpayload
setpayloadf setpayloadl setpayloadsig setpayloadsigf setpayloadsigl setpgid setpgrp setregid
setresgid setresuid setreuid setsid setstate setstate_r settimeofday setuid setusershell setvbuf
shm_open shm_unlink SHRT_MAX SHRT_MIN SHRT_WIDTH si_addr si_addr_lsb si_arch si_band si_call_addr
si_fd si_int si_lower si_overrun si_pid si_pkey si_ptr si_status si_stime si_syscall si_timerid
si_uid si_upper si_utime si_value sigabbrev_np SIGABRT sigaction sigaddset SIGALRM sigaltstack
sigandset sigblock SIGBUS SIGCHLD SIGCLD SIGCONT sigcontext sigdelset sigdescr_np sigemptyset
sigev_notify_attributes sigev_notify_function sigevent sigfillset SIGFPE siggetmask sighold SIGHUP
sigignore SIGILL SIGINT siginterrupt SIGIO SIGIOT sigisemptyset sigismember sigjmp_buf SIGKILL
siglongjmp sigmask signal signbit signbitf signbitl signgam significand significandf significandl
sigorset sigpause sigpending SIGPIPE SIGPOLL sigprocmask SIGPROF SIGPWR sigqueue SIGQUIT sigrelse
sigreturn SIGRTMAX SIGRTMIN SIGSEGV sigset sigsetjmp sigsetmask sigstack SIGSTKFLT SIGSTKSZ SIGSTOP
sigsuspend SIGSYS SIGTERM sigtimedwait SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2 sigval
SIGVTALRM sigwait sigwaitinfo SIGWINCH SIGXCPU SIGXFSZ sin sincos sincosf sincosl sinf sinh sinhf
sinhl sinl SIZE_MAX SIZE_WIDTH sleep SNAN SNANF SNANF128 SNANF32 SNANF32X SNANF64 SNANF64X SNANL
snprintf splice sprintf sqrt sqrtf sqrtl srand srand48 srand48_r srandom srandom_r sscanf ssignal
SSIZE_MAX st_atime st_ctime st_mtime stat stat64 statx statx_timestamp std stdalign stdarg stdatomic
stdbool stdc- predef stddef stderr STDERR_FILENO stdin STDIN_FILENO stdint stdio stdlib stdnoreturn
stdout STDOUT_FILENO stpcpy stpncpy strcasecmp strcasecmp_l strcasestr strcat strchr strchrnul
strcmp strcoll strcoll_l strcpy strcspn strdup strdupa strerror strerror_l strerror_r
strerrordesc_np strerrorname_np strfmon strfromd strfromf strfromf128 strfromf32 strfromf32x
strfromf64 strfromf64x strfroml strfry strftime strftime_l string strings strlen strncasecmp
strncasecmp_l strncat strncmp strncpy strndup strndupa strnlen strpbrk strptime strptime_l strrchr
strsep strsignal strspn strstr strtod strtod_l strtof strtof128 strtof128_l strtof32 strtof32_l
strtof32x strtof32x_l strtof64 strtof64_l strtof64x strtof64x_l strtof_l strtoimax strtok strtok_r
strtol strtol_l strtold strtold_l strtoll strtoll_l strtoq strtoul strtoul_l strtoull strtoull_l
strtoumax strtouq strverscmp strxfrm strxfrm_l swab swapcontext swprintf swscanf symlink symlinkat
sync sync_file_range syncfs syscall sysconf syslimits system sysv_signal tan tanf tanh tanhf tanhl
tanl tcgetpgrp tcsetpgrp tee TEMP_FAILURE_RETRY tempnam tgamma tgammaf tgammal tgkill tgmath threads
time TIME_UTC timegm timelocal TIMER_ABSTIME timer_create timer_delete timer_getoverrun
timer_gettime timer_settime timeradd timerclear timercmp timerisset timersub timespec timespec_get
timespec_getres TIMESPEC_TO_TIMEVAL timeval TIMEVAL_TO_TIMESPEC timex timezone tm TMP_MAX tmpfile
tmpfile64 tmpnam tmpnam_r toascii tolower tolower_l totalorder totalorderf totalorderl totalordermag
totalordermagf totalordermagl toupper toupper_l towctrans towctrans_l towlower towlower_l towupper
towupper_l trunc truncate truncate64 truncf truncl TTY_NAME_MAX ttyname ttyname_r ttyslot tzname
tzset u_char u_int u_long u_short ualarm uchar UCHAR_MAX UCHAR_WIDTH ucontext ufromfp ufromfpf
ufromfpl ufromfpx ufromfpxf ufromfpxl uint UINT16_C UINT16_MAX UINT16_WIDTH UINT32_C UINT32_MAX
UINT32_WIDTH UINT64_C UINT64_MAX UINT64_WIDTH UINT8_C UINT8_MAX UINT8_WIDTH UINT_MAX UINT_WIDTH
UINTMAX_C UINTMAX_MAX UINTMAX_WIDTH UINTPTR_MAX UINTPTR_WIDTH ULLONG_MAX ULLONG_WIDTH ulong
ULONG_LONG_MAX ULONG_MAX ULONG_WIDTH umask ungetc ungetwc unistd unix unlink unlinkat unlockpt
unsetenv unshare uselocale user_fpsimd_struct user_regs_struct ushort USHRT_MAX USHRT_WIDTH usleep
UTIME_NOW UTIME_OMIT utimensat utimes va_arg va_copy va_end va_list va_start valloc vasprintf
vdprintf vfork vfprintf vfscanf vfwprintf vfwscanf vhangup vld1_bf16_x2 vld1_bf16_x3 vld1_bf16_x4
vld1_f16_x2 vld1_f16_x3 vld1_f16_x4 vld1_f32_x2 vld1_f32_x3 vld1_f32_x4 vld1_f64_x2 vld1_f64_x3
vld1_f64_x4 vld1_p16_x2 vld1_p16_x3 vld1_p16_x4 vld1_p64_x2 vld1_p64_x3 vld1_p64_x4 vld1_p8_x2
vld1_p8_x3 vld1_p8_x4 vld1_s16_x2 vld1_s16_x3 vld1_s16_x4 vld1_s32_x2 vld1_s32_x3 vld1_s32_x4
vld1_s64_x2 vld1_s64_x3 vld1_s64_x4 vld1_s8_x2 vld1_s8_x3 vld1_s8_x4 vld1_u16_x2 vld1_u16_x3
vld1_u16_x4 vld1_u32_x2 vld1_u32_x3 vld1_u32_x4 vld1_u64_x2 vld1_u64_x3 vld1_u64_x4 vld1_u8_x2
vld1_u8_x3 vld1_u8_x4 vld1q_bf16_x2 vld1q_bf16_x3 vld1q_bf16_x4 vld1q_f16_x2 vld1q_f16_x3
vld1q_f16_x4 vld1q_f32_x2 vld1q_f32_x3 vld1q_f32_x4 vld1q_f64_x2 vld1q_f64_x3 vld1q_f64_x4
vld1q_p16_x2 vld1q_p16_x3 vld1q_p16_x4 vld1q_p64_x2 vld1q_p64_x3 vld1q_p64_x4 vld1q_p8_x2
vld1q_p8_x3 vld1q_p8_x4 vld1q_s16_x2 vld1q_s16_x3 vld1q_s16_x4 vld1q_s32_x2 vld1q_s32_x3
vld1q_s32_x4 vld1q_s64_x2 vld1q_s64_x3 vld1q_s64_x4 vld1q_s8_x2 vld1q_s8_x3 vld1q_s8_x4 vld1q_u16_x2
vld1q_u16_x3 vld1q_u16_x4 vld1q_u32_x2 vld1q_u32_x3 vld1q_u32_x4 vld1q_u64_x2 vld1q_u64_x3
vld1q_u64_x4 vld1q_u8_x2 vld1q_u8_x3 vld1q_u8_x4 vmsplice vprintf vscanf vsnprintf vsprintf vsscanf
vst1_bf16_x2 vst1_bf16_x3 vst1_bf16_x4 vst1_f16_x2 vst1_f16_x3 vst1_f16_x4 vst1_f32_x2 vst1_f32_x3
vst1_f32_x4 vst1_f64_x2 vst1_f64_x3 vst1_f64_x4 vst1_p16_x2 vst1_p16_x3 vst1_p16_x4 vst1_p64_x2
vst1_p64_x3 vst1_p64_x4 vst1_p8_x2 vst1_p8_x3 vst1_p8_x4 vst1_s16_x2 vst1_s16_x3 vst1_s16_x4
vst1_s32_x2 vst1_s32_x3 vst1_s32_x4 vst1_s64_x2 vst1_s64_x3 vst1_s64_x4 vst1_s8_x2 vst1_s8_x3
vst1_s8_x4 vst1_u16_x2 vst1_u16_x3 vst1_u16_x4 vst1_u32_x2 vst1_u32_x3 vst1_u32_x4 vst1_u64_x2
vst1_u64_x3 vst1_u64_x4 vst1_u8_x2 vst1_u8_x3 vst1_u8_x4 vst1q_bf16_x2 vst1q_bf16_x3 vst1q_bf16_x4
vst1q_f16_x2 vst1q_f16_x3 vst1q_f16_x4 vst1q_f32_x2 vst1q_f32_x3 vst1q_f32_x4 vst1q_f64_x2
vst1q_f64_x3 vst1q_f64_x4 vst1q_p16_x2 vst1q_p16_x3 vst1q_p16_x4 vst1q_p64_x2 vst1q_p64_x3
vst1q_p64_x4 vst1q_p8_x2 vst1q_p8_x3 vst1q_p8_x4 vst1q_s16_x2 vst1q_s16_x3 vst1q_s16_x4 vst1q_s32_x2
vst1q_s32_x3 vst1q_s32_x4 vst1q_s64_x2 vst1q_s64_x3 vst1q_s64_x4 vst1q_s8_x2 vst1q_s8_x3 vst1q_s8_x4
vst1q_u16_x2 vst1q_u16_x3 vst1q_u16_x4 vst1q_u32_x2 vst1q_u32_x3 vst1q_u32_x4 vst1q_u64_x2
vst1q_u64_x3 vst1q_u64_x4 vst1q_u8_x2 vst1q_u8_x3 vst1q_u8_x4 vswprintf vswscanf vwprintf vwscanf
W_OK wchar WCHAR_MAX WCHAR_MIN WCHAR_WIDTH WCONTINUED wcpcpy wcpncpy wcrtomb wcscasecmp wcscasecmp_l
wcscat wcschr wcschrnul wcscmp wcscoll wcscoll_l wcscpy wcscspn wcsdup wcsftime wcsftime_l wcslen
wcsncasecmp wcsncasecmp_l wcsncat wcsncmp wcsncpy wcsnlen wcsnrtombs wcspbrk wcsrchr wcsrtombs
wcsspn wcsstr wcstod wcstod_l wcstof wcstof128 wcstof128_l wcstof32 wcstof32_l wcstof32x wcstof32x_l
wcstof64 wcstof64_l wcstof64x wcstof64x_l wcstof_l wcstoimax wcstok wcstol wcstol_l wcstold
wcstold_l wcstoll wcstoll_l wcstombs wcstoq wcstoul wcstoul_l wcstoull wcstoull_l wcstoumax wcstouq
wcswcs wcswidth wcsxfrm wcsxfrm_l wctob wctomb wctrans wctrans_l wctype wctype_l wcwidth WEOF
WEXITED WEXITSTATUS WIFCONTINUED WIFEXITED WIFSIGNALED WIFSTOPPED WINT_MAX WINT_MIN WINT_WIDTH
wmemchr wmemcmp wmemcpy wmemmove wmempcpy wmemset WNOHANG WNOWAIT WORD_BIT wprintf write wscanf
WSTOPPED WSTOPSIG WTERMSIG WUNTRACED X_OK XATTR_LIST_MAX XATTR_NAME_MAX XATTR_SIZE_MAX y0 y0f y0l y1
y1f y1l yn ynf ynl ADJ_* ATOMIC_* AT_* BUS_* CLD_* CLOCK_* CLONE_* CLOSE_RANGE_* CPU_* DBL_* DN_*
FALLOC_FL_* FE_* FLT_* FPE_* FP_* F_GET* F_OFD_* F_OWNER_* F_SEAL_* F_SET* HUGE_VAL* ILL_* INT_FAST*
INT_LEAST* LC_* LDBL_* LOCK_* MADV_* MAP_* MCL_* MFD_* MOD_* MREMAP_* POLL_* POSIX_* PRIX* PRId*
PRIi* PRIo* PRIu* PRIx* PROT_* PTHREAD_* RENAME_* RWH_* SA_* SCHED_* SCNd* SCNi* SCNo* SCNu* SCNx*
SEGC_* SEGV_* SIGEV_* SIG_* SI_* SPLICE_F_* SS_* STATX_* STA_* SYNC_FILE_RANGE_* S_I* S_TYPEIS*
TRAP_* UINT_FAST* UINT_LEAST* pkey_* posix_* pthread_* segc_*
)";

namespace {

struct ReservedNames {
  ReservedNames() {
    for (StringRef list : {kKeywords, kCudaNames, kHeaderNames}) {
      SmallVector<StringRef> names;
      SplitString(list, names);
      for (StringRef name : names)
        if (name.consume_back("*"))
          beginnings.push_back(name);
        else
          words.insert(name);
    }
  }

  StringSet<> words;
  SmallVector<StringRef> beginnings;
};

/// An intrinsic of AArch64, as vaddq_f32.
bool isIntrinsic(StringRef word) {
  auto [function, type] = word.rsplit('_');
  const size_t digits = type.find_first_of("0123456789");
  return function.starts_with("v") && digits != StringRef::npos &&
         is_contained({"s", "u", "f", "p", "bf"}, type.take_front(digits)) &&
         is_contained({"8", "16", "32", "64", "128"}, type.drop_front(digits));
}

} // namespace

bool isReservedName(StringRef name) {
  static const ReservedNames reserved;
  // POSIX keeps what ends in _t, and the intrinsics' headers are called so.
  if (name.starts_with("_") || name.ends_with("_t") || name.ends_with("intrin") ||
      isIntrinsic(name) || reserved.words.contains(name) ||
      any_of(reserved.beginnings, [&](StringRef part) { return name.starts_with(part); }))
    return true;
  // The mathematical functions and constants of every type: expf64x.
  for (StringRef type : {"f16", "f32", "f64", "f128", "f32x", "f64x", "d32", "d64", "d128"})
    if (name.ends_with(type) && reserved.words.contains(name.drop_back(type.size())))
      return true;
  return false;
}

} // namespace segc
