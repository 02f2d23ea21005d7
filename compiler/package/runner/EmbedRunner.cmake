# Writes OUTPUT, a C++ file that defines segc::kRunnerSource with the contents of FILE.
# Run as a script: cmake -DOUTPUT=... -DFILE=... -P EmbedRunner.cmake
file(READ ${FILE} text)
file(WRITE ${OUTPUT} "#include \"compiler/package/NetworkProgram.h\"

namespace segc {

const char *const kRunnerSource = R\"segc(${text})segc\";

} // namespace segc
")
