# Writes OUTPUT, a C++ file that defines segc::runtimeFiles() with the contents of FILES
# (a ;-list of paths). Run as a script: cmake -DOUTPUT=... -DFILES=... -P EmbedRuntime.cmake
set(entries "")
foreach(path ${FILES})
  get_filename_component(name ${path} NAME)
  file(READ ${path} text)
  string(APPEND entries "    {\"${name}\", R\"segc(${text})segc\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"compiler/codegen/PackageFiles.h\"

namespace segc {

const std::vector<RuntimeFile> &runtimeFiles() {
  static const std::vector<RuntimeFile> files = {
${entries}  };
  return files;
}

} // namespace segc
")
