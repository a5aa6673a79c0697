package dev.stsw.djl;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;

/// Whether a manager can take arrays.
final class Managers {
    private Managers() {}

    /// Refuses managers of other engines, whose types nobody has tried here, and devices that are not there.
    static void check(NDManager manager) {
        Engine engine = manager.getEngine();
        if (!engine.getEngineName().equals("PyTorch")) {
            throw new IllegalArgumentException(
                    "arrays are made with the engine PyTorch, not " + engine.getEngineName());
        }
        Device device = manager.getDevice();
        if (device.isGpu() && device.getDeviceId() >= engine.getGpuCount()) {
            throw new IllegalArgumentException(device + ": the engine finds " + engine.getGpuCount() + " GPUs");
        }
        if (!manager.isOpen()) {
            throw new IllegalStateException("the manager is closed");
        }
    }

    static void checkHost(NDManager manager) {
        check(manager);
        if (manager.getDevice().isGpu()) {
            throw new IllegalArgumentException(
                    manager.getDevice() + " has memory of its own: copy with toNDArray or load");
        }
    }
}
