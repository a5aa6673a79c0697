package dev.stsw.stream;

import dev.stsw.format.TensorSpec;
import java.util.Optional;

/**
 * What an adapter adds to one weight of a model: {@code scale * B * A}.
 *
 * @param name of the module as the adapter has it, without the parts that every name of a PEFT adapter has
 * @param a {@code [rank, in, ...]}, the half that the input meets first ({@code lora_A}, {@code lora_down})
 * @param b {@code [out, rank, ...]}
 * @param alpha the tensor that its alpha stands in (kohya)
 * @param embedding whether it is one of a table of embeddings, which lies the other way round
 */
public record LoraModule(String name, TensorSpec a, TensorSpec b, Optional<TensorSpec> alpha, boolean embedding) {

    /** The dimension between A and B. */
    public long rank() {
        return a.shape().rank() == 0 ? 1 : a.shape().dimension(0);
    }

    /** Numbers that were trained. */
    public long parameters() {
        return a.shape().elementCount() + b.shape().elementCount();
    }
}
