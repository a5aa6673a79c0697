/// The inner room: puts a file in its place, whole or not at all. Not exported; knows no tensor.
///
/// [dev.stsw.publish.AtomicFile] is one attempt. Bytes reach it through a [dev.stsw.publish.FileOutput], from one
/// thread or several, and go to a [dev.stsw.publish.Temporary] beside the [dev.stsw.publish.Target].
@NullMarked
package dev.stsw.publish;

import org.jspecify.annotations.NullMarked;
