package dev.stsw.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.stsw.Tensor;
import dev.stsw.format.DType;
import org.junit.jupiter.api.Test;

class GpuTest {
    @Test
    void tensorsGoToTheGpuAndBack() {
        assumeTrue(
                Engine.getEngine("PyTorch").getGpuCount() > 0,
                "SKIPPED: no CUDA device, or no CUDA build of libtorch on the class path");
        try (NDManager manager = NDManager.newBaseManager(Device.gpu())) {
            Tensor tensor = DjlTensorsTest.random(DType.F32, 300, 400);
            NDArray array = DjlTensors.toNDArray(tensor, manager);
            assertThat(array.getDevice()).isEqualTo(Device.gpu());
            assertThat(DjlTensors.fromNDArray(array).toByteArray()).isEqualTo(tensor.toByteArray());
            Tensor narrow = DjlTensorsTest.random(DType.BF16, 300);
            NDArray wide = DjlTensors.toNDArray(narrow, manager, DataType.FLOAT32);
            assertThat(DjlTensors.fromNDArray(wide).toFloatArray()).isEqualTo(narrow.toFloatArray());
            assertThat(manager.getManagedArrays()).hasSize(2);
        }
    }
}
