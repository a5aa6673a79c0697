/// Embeddings of a safetensors file, searched by Lucene and jvector. See [SearchEmbeddings].
@NullMarked
package dev.stsw.examples.vectors;

import org.jspecify.annotations.NullMarked;
