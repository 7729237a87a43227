#!/usr/bin/python3
"""The seed's client: a connection, a channel and a queue for each request, polled every 10 ms. Prints the median
time of a request in microseconds.

    seed_client.py URL SERIAL REQUEST COUNT
"""

import statistics
import sys
import time
import uuid

import pika


def request(url, topic, timeout_ms=10_000):
    """As the seed's requestMessage."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    callback_queue = channel.queue_declare(queue="", exclusive=True).method.queue
    correlation_id = str(uuid.uuid4())
    response = None

    def on_response(_channel, method, properties, body):
        nonlocal response
        if properties.correlation_id == correlation_id:
            response = body
            channel.basic_ack(delivery_tag=method.delivery_tag)

    channel.basic_consume(queue=callback_queue, on_message_callback=on_response, auto_ack=False)
    channel.basic_publish(exchange="amq.topic", routing_key=topic, body="{}", properties=pika.BasicProperties(
        content_type="application/json", reply_to=callback_queue, correlation_id=correlation_id))
    start = time.monotonic()
    while response is None:
        if (time.monotonic() - start) * 1000 > timeout_ms:
            raise TimeoutError(topic)
        connection.process_data_events()
        time.sleep(0.01)
    connection.close()
    return response


def main(url, serial, name, count):
    times = []
    for _ in range(int(count)):
        start = time.monotonic()
        request(url, f"{serial}.Req.{name}")
        times.append((time.monotonic() - start) * 1e6)
    print(statistics.median(times))


if __name__ == "__main__":
    main(*sys.argv[1:])
