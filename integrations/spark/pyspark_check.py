"""PySpark reads and writes safetensors by the name of the data source. Usage: pyspark_check.py STSW_SPARK_ALL_JAR"""

import json
import struct
import sys
import tempfile
import zlib
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql.functions import array, col

jar = sys.argv[1]
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.jars", jar)
    .config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.log.level", "ERROR")
    .getOrCreate()
)

with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    tensors = {"a": bytes(range(8)), "b": bytes(range(100, 116))}
    header = {}
    at = 0
    for key, data in tensors.items():
        header[key] = {"dtype": "F32", "shape": [len(data) // 4], "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(
        struct.pack("<Q", len(text)) + text + b"".join(tensors.values())
    )

    zoo = spark.read.format("safetensors").load(str(folder))
    rows = {row["name"]: row for row in zoo.collect()}
    assert rows.keys() == tensors.keys(), rows
    for key, data in tensors.items():
        assert bytes(rows[key]["data"]) == data
        assert rows[key]["crc32"] == f"{zlib.crc32(data):08x}"
        assert rows[key]["shape"] == [len(data) // 4]
    assert [row["name"] for row in zoo.where("nbytes = 16 and dtype = 'F32'").select("name").collect()] == ["b"]

    spark.sql(f"CREATE TEMPORARY VIEW zoo USING safetensors OPTIONS (path '{folder}')")
    assert spark.sql("SELECT sum(nbytes) AS total FROM zoo").first()["total"] == 24

    vectors = str(folder / "vectors")
    table = spark.range(0, 100, 1, 2).select("id", array(col("id").cast("float"), col("id") / 4).cast("array<float>").alias("v"))
    table.write.format("safetensors").mode("overwrite").save(vectors)
    again = spark.read.format("safetensors").option("rows", "true").load(vectors).select("id", "values")
    assert sorted(map(tuple, ((row["id"], tuple(row["values"])) for row in again.collect()))) == [
        (i, (float(i), i / 4)) for i in range(100)
    ]

    report = spark._jvm.dev.stsw.spark.Verify.of(spark._jsparkSession, [vectors])
    assert report.where("ok").count() == 4, report.count()

spark.stop()
print("PySpark: ok")
